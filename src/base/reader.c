/* Sticky reading. */
#include "base/reader.h"

hub_span hub_read_span(struct hub_reader *r, size_t n)
{
    if (r->failed || n > r->left) {
        hub_reader_fail(r);
        return HUB_SPAN_EMPTY;
    }
    const hub_span s = {r->ptr, n};
    if (n != 0)
        r->ptr += n;
    r->left -= n;
    return s;
}

static uint64_t read_uint(struct hub_reader *r, size_t n)
{
    const hub_span s = hub_read_span(r, n);
    uint64_t v = 0;

    for (size_t i = 0; i < s.len; i++)
        v = v << 8 | s.ptr[i];
    return v;
}

uint8_t hub_read_u8(struct hub_reader *r)
{
    return (uint8_t)read_uint(r, 1);
}

uint16_t hub_read_u16(struct hub_reader *r)
{
    return (uint16_t)read_uint(r, 2);
}

uint32_t hub_read_u32(struct hub_reader *r)
{
    return (uint32_t)read_uint(r, 4);
}

uint64_t hub_read_u64(struct hub_reader *r)
{
    return read_uint(r, 8);
}

void hub_read_bytes(struct hub_reader *r, uint8_t *out, size_t n)
{
    const hub_span s = hub_read_span(r, n);

    if (s.len == n && n != 0)
        memcpy(out, s.ptr, n);
    else if (n != 0)
        memset(out, 0, n);
}

static hub_span read_vec(struct hub_reader *r, size_t len_bytes, size_t min_len)
{
    const size_t len = (size_t)read_uint(r, len_bytes);

    if (len < min_len)
        hub_reader_fail(r);
    return hub_read_span(r, len);
}

hub_span hub_read_vec8(struct hub_reader *r, size_t min_len)
{
    return read_vec(r, 1, min_len);
}

hub_span hub_read_vec16(struct hub_reader *r, size_t min_len)
{
    return read_vec(r, 2, min_len);
}

hub_span hub_read_vec32(struct hub_reader *r, size_t min_len)
{
    return read_vec(r, 4, min_len);
}

hub_span hub_read_rest(struct hub_reader *r)
{
    return hub_read_span(r, r->left);
}

hub_status hub_reader_finish(const struct hub_reader *r)
{
    return r->failed || r->left != 0 ? HUB_E_DECODE : HUB_OK;
}
