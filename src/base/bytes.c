/* Owned bytes with a limit. */
#include "base/bytes.h"

#include <stdlib.h>

hub_status hub_buf_reserve(struct hub_buf *b, size_t extra)
{
    if (extra > b->max - b->len)
        return HUB_E_SPACE;
    const size_t need = b->len + extra;
    if (need <= b->cap)
        return HUB_OK;

    size_t cap = b->cap < 64 ? 64 : b->cap;
    while (cap < need)
        cap += cap / 2;
    if (cap > b->max)
        cap = b->max;
    uint8_t *const ptr = malloc(cap);
    if (ptr == NULL)
        return HUB_E_MEMORY;
    if (b->len != 0)
        memcpy(ptr, b->ptr, b->len);
    hub_wipe(b->ptr, b->len);
    free(b->ptr);
    b->ptr = ptr;
    b->cap = cap;
    return HUB_OK;
}

hub_status hub_buf_append(struct hub_buf *b, hub_span bytes)
{
    HUB_TRY(hub_buf_reserve(b, bytes.len));
    if (bytes.len != 0)
        memcpy(b->ptr + b->len, bytes.ptr, bytes.len);
    b->len += bytes.len;
    return HUB_OK;
}

hub_status hub_buf_resize(struct hub_buf *b, size_t len)
{
    if (len > b->len) {
        HUB_TRY(hub_buf_reserve(b, len - b->len));
        memset(b->ptr + b->len, 0, len - b->len);
    }
    b->len = len;
    return HUB_OK;
}

void hub_buf_move(struct hub_buf *to, struct hub_buf *from)
{
    hub_buf_wipe(to);
    *to = *from;
    *from = (struct hub_buf){.max = to->max};
}

void hub_buf_clear(struct hub_buf *b)
{
    free(b->ptr);
    *b = (struct hub_buf){.max = b->max};
}

void hub_buf_wipe(struct hub_buf *b)
{
    hub_wipe(b->ptr, b->cap);
    hub_buf_clear(b);
}
