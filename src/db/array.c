/* PostgreSQL's binary form of one-dimensional arrays (array_recv of its source): dimensions, a flag
 * for nulls, the type of the items; then size and lower bound; then each item with its length. */
#include "db/array.h"

#include <assert.h>

enum { HEAD_LEN = 20, OID_INT8 = 20, OID_UUID = 2950 };

static void put(struct hub_buf *out, const void *bytes, size_t n)
{
    assert(out->len + n <= out->cap);
    memcpy(out->ptr + out->len, bytes, n);
    out->len += n;
}

static void put_u32(struct hub_buf *out, uint32_t v)
{
    const uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                              (uint8_t)v};
    put(out, bytes, sizeof(bytes));
}

hub_status hub_array_begin(struct hub_buf *out, enum hub_array_kind kind, size_t n)
{
    const size_t item_len = 4 + (kind == HUB_ARRAY_U64 ? 8 : 16);

    if (n > INT32_MAX / item_len)
        return HUB_E_SPACE;
    out->len = 0;
    HUB_TRY(hub_buf_reserve(out, HEAD_LEN + n * item_len));
    put_u32(out, n == 0 ? 0 : 1);
    put_u32(out, 0);
    put_u32(out, kind == HUB_ARRAY_U64 ? OID_INT8 : OID_UUID);
    if (n == 0)
        return HUB_OK;
    put_u32(out, (uint32_t)n);
    put_u32(out, 1);
    return HUB_OK;
}

void hub_array_put_u64(struct hub_buf *out, uint64_t value)
{
    put_u32(out, 8);
    put_u32(out, (uint32_t)(value >> 32));
    put_u32(out, (uint32_t)value);
}

void hub_array_put_key(struct hub_buf *out, const uint8_t key[16])
{
    put_u32(out, 16);
    put(out, key, 16);
}
