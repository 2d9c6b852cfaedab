/* Appends items to a buffer, big-endian as in RFC 8446. Sticky: after the first failure nothing is
 * written, and hub_writer_finish tells what failed. */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/bytes.h"

struct hub_writer {
    struct hub_buf *buf;
    hub_status status;
};

static inline struct hub_writer hub_writer(struct hub_buf *buf)
{
    return (struct hub_writer){buf, HUB_OK};
}

void hub_write_u8(struct hub_writer *w, uint8_t v);
void hub_write_u16(struct hub_writer *w, uint16_t v);
void hub_write_u32(struct hub_writer *w, uint32_t v);
void hub_write_u64(struct hub_writer *w, uint64_t v);
void hub_write_span(struct hub_writer *w, hub_span s);
/* A vector with its length in 1, 2 or 4 bytes before it; HUB_E_SPACE if it does not fit. */
void hub_write_vec8(struct hub_writer *w, hub_span s);
void hub_write_vec16(struct hub_writer *w, hub_span s);
void hub_write_vec32(struct hub_writer *w, hub_span s);
/* A vector whose items are written one by one: begin leaves room for a length of len_bytes and
 * returns where it stands; end fills it in. */
size_t hub_write_vec_begin(struct hub_writer *w, size_t len_bytes);
void hub_write_vec_end(struct hub_writer *w, size_t at, size_t len_bytes);
/* The first failure, or HUB_OK. */
HUB_MUST_USE static inline hub_status hub_writer_finish(const struct hub_writer *w)
{
    return w->status;
}

#endif
