/* Vectors with hubbub's own upper bound beside the draft's lower one. */
#ifndef WIRE_VECTOR_INTERNAL_H
#define WIRE_VECTOR_INTERNAL_H

#include "base/reader.h"
#include "base/writer.h"

/* A length outside min_len to max_len fails the reader. */
hub_span hub_read_limited16(struct hub_reader *r, size_t min_len, size_t max_len);
hub_span hub_read_limited32(struct hub_reader *r, size_t min_len, size_t max_len);
/* HUB_E_ARGUMENT sticks to the writer instead. */
void hub_write_limited16(struct hub_writer *w, hub_span s, size_t min_len, size_t max_len);
void hub_write_limited32(struct hub_writer *w, hub_span s, size_t min_len, size_t max_len);

/* What is read from r between two positions, as a view. start is r->ptr before the first read. */
static inline hub_span hub_reader_since(const struct hub_reader *r, const uint8_t *start)
{
    return r->failed || start == NULL ? HUB_SPAN_EMPTY
                                      : (hub_span){start, (size_t)(r->ptr - start)};
}

#endif
