/* Bytes in memory of just their length, at any alignment: a sanitizer sees a read behind them. */
#ifndef DIFFERENTIAL_ROW_H
#define DIFFERENTIAL_ROW_H

#include "base/bytes.h"

struct row {
    uint8_t *base;
    uint8_t *ptr;
    size_t len;
};

/* Replaces what the row held; bytes may be a part of it. Ends the program without memory. */
void row_set(struct row *r, hub_span bytes, size_t alignment);
/* Cuts or extends by zeros. */
void row_resize(struct row *r, size_t len);
void row_clear(struct row *r);

static inline hub_span row_span(const struct row *r)
{
    return (hub_span){r->ptr, r->len};
}

/* n bytes of memory, set to 0xee; ends the program without it. */
uint8_t *row_allocate(size_t n);

#endif
