/* Reads items from borrowed bytes, big-endian as in RFC 8446. Sticky: after the first failure reads
 * give zeros and empty spans, and one question at the end tells. Spans are views into the bytes. */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/bytes.h"

struct hub_reader {
    const uint8_t *ptr;
    size_t left;
    bool failed;
};

static inline struct hub_reader hub_reader(hub_span bytes)
{
    return (struct hub_reader){bytes.ptr, bytes.len, false};
}

uint8_t hub_read_u8(struct hub_reader *r);
uint16_t hub_read_u16(struct hub_reader *r);
uint32_t hub_read_u32(struct hub_reader *r);
uint64_t hub_read_u64(struct hub_reader *r);
void hub_read_bytes(struct hub_reader *r, uint8_t *out, size_t n); /* out is zeroed on failure */
hub_span hub_read_span(struct hub_reader *r, size_t n);
/* A vector with its length in 1, 2 or 4 bytes before it; shorter than min_len is a failure. */
hub_span hub_read_vec8(struct hub_reader *r, size_t min_len);
hub_span hub_read_vec16(struct hub_reader *r, size_t min_len);
hub_span hub_read_vec32(struct hub_reader *r, size_t min_len);
/* What is left, which may be nothing. */
hub_span hub_read_rest(struct hub_reader *r);
/* Marks the input as wrong: a value that the type does not have. */
static inline void hub_reader_fail(struct hub_reader *r)
{
    r->failed = true;
    r->left = 0;
}
/* True while something is left and nothing has failed: the condition of a loop over items. */
static inline bool hub_reader_has_more(const struct hub_reader *r)
{
    return !r->failed && r->left != 0;
}
/* HUB_E_DECODE after a short read, a failure, or with bytes left over. */
HUB_MUST_USE hub_status hub_reader_finish(const struct hub_reader *r);

#endif
