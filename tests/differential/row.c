/* Rows of bytes, and memory without further ado. */
#include "row.h"

#include <stdio.h>
#include <stdlib.h>

uint8_t *row_allocate(size_t n)
{
    uint8_t *p = malloc(n == 0 ? 1 : n);

    if (p == NULL) {
        fprintf(stderr, "no memory\n");
        exit(2);
    }
    memset(p, 0xee, n);
    return p;
}

void row_set(struct row *r, hub_span bytes, size_t alignment)
{
    uint8_t *base = row_allocate(bytes.len + alignment % 16);
    uint8_t *ptr = base + alignment % 16;

    if (bytes.len != 0)
        memcpy(ptr, bytes.ptr, bytes.len);
    free(r->base);
    *r = (struct row){base, ptr, bytes.len};
}

void row_resize(struct row *r, size_t len)
{
    struct row resized = {0};
    size_t kept = len < r->len ? len : r->len;

    row_set(&resized, hub_span_of(r->ptr, kept), (size_t)(r->ptr - r->base));
    if (len > kept) {
        size_t alignment = (size_t)(resized.ptr - resized.base);
        uint8_t *base = row_allocate(len + alignment);

        memset(base + alignment, 0, len);
        if (kept != 0)
            memcpy(base + alignment, resized.ptr, kept);
        free(resized.base);
        resized = (struct row){base, base + alignment, len};
    }
    free(r->base);
    *r = resized;
}

void row_clear(struct row *r)
{
    free(r->base);
    *r = (struct row){0};
}
