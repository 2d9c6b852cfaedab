/* A bump allocator over a list of blocks. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

enum { ALIGN = 64, BLOCK_MIN = 64 * 1024 };

struct hub_arena_block {
    struct hub_arena_block *next;
    size_t size;
    alignas(ALIGN) uint8_t bytes[];
};

static bool add_block(struct hub_arena *a, size_t size)
{
    if (a->blocks != NULL && size < a->blocks->size * 2)
        size = a->blocks->size * 2;
    if (size < BLOCK_MIN)
        size = BLOCK_MIN;
    struct hub_arena_block *const b = aligned_alloc(ALIGN, sizeof(*b) + size);
    if (b == NULL)
        return false;
    b->next = a->blocks;
    b->size = size;
    a->blocks = b;
    a->used = 0;
    return true;
}

void *hub_arena_alloc(struct hub_arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > SIZE_MAX / 4)
        return NULL;
    bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (a->blocks == NULL || bytes > a->blocks->size - a->used) {
        if (!add_block(a, bytes))
            return NULL;
    }
    void *const p = a->blocks->bytes + a->used;
    a->used += bytes;
    a->total += bytes;
    memset(p, 0, bytes);
    return p;
}

static void drop_after(struct hub_arena_block *first)
{
    struct hub_arena_block *b = first->next;

    first->next = NULL;
    while (b != NULL) {
        struct hub_arena_block *const next = b->next;
        hub_wipe(b->bytes, b->size);
        free(b);
        b = next;
    }
}

void hub_arena_reset(struct hub_arena *a)
{
    if (a->blocks == NULL)
        return;
    drop_after(a->blocks);
    hub_wipe(a->blocks->bytes, a->used);
    a->used = 0;
    a->total = 0;
}

void hub_arena_clear(struct hub_arena *a)
{
    hub_arena_reset(a);
    free(a->blocks);
    *a = (struct hub_arena){0};
}
