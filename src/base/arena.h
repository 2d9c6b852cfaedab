/* Memory that lives as long as a job and goes with it. Zeroed is an empty arena. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/bytes.h"

struct hub_arena_block;

struct hub_arena {
    struct hub_arena_block *blocks; /* newest first */
    size_t used;                    /* bytes in the newest block */
    size_t total;                   /* bytes handed out since the last reset */
};

/* n items of size bytes, zeroed, aligned to 64; NULL if memory is out or n * size overflows. */
HUB_MUST_USE void *hub_arena_alloc(struct hub_arena *a, size_t n, size_t size);
#define HUB_ARENA_NEW(arena, type, n) ((type *)hub_arena_alloc((arena), (n), sizeof(type)))
/* Wipes what was handed out and keeps the newest block for the next job. */
void hub_arena_reset(struct hub_arena *a);
/* Wipes and frees everything. */
void hub_arena_clear(struct hub_arena *a);

#endif
