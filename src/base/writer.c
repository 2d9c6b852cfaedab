/* Sticky writing. */
#include "base/writer.h"

void hub_write_span(struct hub_writer *w, hub_span s)
{
    if (w->status == HUB_OK)
        w->status = hub_buf_append(w->buf, s);
}

static void put_uint(uint8_t *out, uint64_t v, size_t n)
{
    for (size_t i = n; i-- > 0; v >>= 8)
        out[i] = (uint8_t)v;
}

static void write_uint(struct hub_writer *w, uint64_t v, size_t n)
{
    uint8_t bytes[8];

    put_uint(bytes, v, n);
    hub_write_span(w, hub_span_of(bytes, n));
}

void hub_write_u8(struct hub_writer *w, uint8_t v)
{
    write_uint(w, v, 1);
}

void hub_write_u16(struct hub_writer *w, uint16_t v)
{
    write_uint(w, v, 2);
}

void hub_write_u32(struct hub_writer *w, uint32_t v)
{
    write_uint(w, v, 4);
}

void hub_write_u64(struct hub_writer *w, uint64_t v)
{
    write_uint(w, v, 8);
}

static bool fits(size_t len, size_t len_bytes)
{
    return len_bytes >= sizeof(size_t) || len >> (8 * len_bytes) == 0;
}

static void write_vec(struct hub_writer *w, hub_span s, size_t len_bytes)
{
    if (w->status == HUB_OK && !fits(s.len, len_bytes))
        w->status = HUB_E_SPACE;
    write_uint(w, s.len, len_bytes);
    hub_write_span(w, s);
}

void hub_write_vec8(struct hub_writer *w, hub_span s)
{
    write_vec(w, s, 1);
}

void hub_write_vec16(struct hub_writer *w, hub_span s)
{
    write_vec(w, s, 2);
}

void hub_write_vec32(struct hub_writer *w, hub_span s)
{
    write_vec(w, s, 4);
}

size_t hub_write_vec_begin(struct hub_writer *w, size_t len_bytes)
{
    const size_t at = w->buf->len;

    write_uint(w, 0, len_bytes);
    return at;
}

void hub_write_vec_end(struct hub_writer *w, size_t at, size_t len_bytes)
{
    if (w->status != HUB_OK)
        return;
    const size_t len = w->buf->len - at - len_bytes;
    if (!fits(len, len_bytes)) {
        w->status = HUB_E_SPACE;
        return;
    }
    put_uint(w->buf->ptr + at, len, len_bytes);
}
