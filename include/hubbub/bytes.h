/* Borrowed bytes, by value. */
#ifndef HUBBUB_BYTES_H
#define HUBBUB_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* len bytes at ptr, owned by somebody else; ptr may be NULL only if len is 0. */
typedef struct hub_span {
    const uint8_t *ptr;
    size_t len;
} hub_span;

static inline hub_span hub_span_of(const void *ptr, size_t len)
{
    return (hub_span){(const uint8_t *)ptr, len};
}

#define HUB_SPAN_ARRAY(array) hub_span_of((array), sizeof(array))
#define HUB_SPAN_EMPTY        ((hub_span){NULL, 0})

#endif
