/* Spans borrow, buffers own. A buffer has a limit from birth, so no peer decides how large it
 * grows. Zeroed is a valid empty buffer with limit 0. */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include "base/status.h"
#include "hubbub/bytes.h"

#include <stdbool.h>
#include <string.h>

struct hub_buf {
    uint8_t *ptr;
    size_t len;
    size_t cap;
    size_t max; /* len never exceeds it */
};

#define HUB_BUF_INIT(limit) \
    {                       \
        NULL, 0, 0, (limit) \
    }

static inline hub_span hub_buf_span(const struct hub_buf *b)
{
    return (hub_span){b->ptr, b->len};
}

/* Makes room for extra more bytes. HUB_E_SPACE beyond the limit, HUB_E_MEMORY. When the storage
 * moves, the old one is wiped. */
HUB_MUST_USE hub_status hub_buf_reserve(struct hub_buf *b, size_t extra);
HUB_MUST_USE hub_status hub_buf_append(struct hub_buf *b, hub_span bytes);
/* Sets the length to len; new bytes are zero. */
HUB_MUST_USE hub_status hub_buf_resize(struct hub_buf *b, size_t len);
/* Gives up what to held, then takes over from's bytes and leaves from empty. */
void hub_buf_move(struct hub_buf *to, struct hub_buf *from);
/* Frees; the buffer is empty and keeps its limit. */
void hub_buf_clear(struct hub_buf *b);
/* Zeroes, then frees. For what held secrets. */
void hub_buf_wipe(struct hub_buf *b);

/* Zeroes n bytes in a way that the compiler keeps. */
static inline void hub_wipe(void *p, size_t n)
{
    if (p != NULL && n != 0)
        explicit_bzero(p, n);
}

/* For public values; hub_crypto_equal compares secrets. */
static inline bool hub_span_equal_var(hub_span a, hub_span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline hub_span hub_span_text(const char *text)
{
    return hub_span_of(text, strlen(text));
}

/* The n bytes from position at; the caller knows that they are there. */
static inline hub_span hub_span_slice(hub_span s, size_t at, size_t n)
{
    return (hub_span){s.ptr + at, n};
}

#endif
