/* Arrays as parameters, for statements of an engine that knows them (hub_db_is_shared): one
 * statement for many rows. Begun with the number of items, filled with as many, and bound as a
 * span. */
#ifndef DB_ARRAY_H
#define DB_ARRAY_H

#include "base/bytes.h"

enum hub_array_kind {
    HUB_ARRAY_U64, /* bigint[] */
    HUB_ARRAY_KEY  /* uuid[]: 16 bytes each */
};

/* Replaces what out held. HUB_E_MEMORY, HUB_E_SPACE beyond out's limit. */
HUB_MUST_USE hub_status hub_array_begin(struct hub_buf *out, enum hub_array_kind kind, size_t n);
/* Never beyond the n that was begun with: for those there is room. */
void hub_array_put_u64(struct hub_buf *out, uint64_t value);
void hub_array_put_key(struct hub_buf *out, const uint8_t key[16]);

#endif
