/* An exact set of 16 byte ids in memory: open addressing with linear probing, in parts that grow
 * each for itself and by a quarter, so that growing needs little room beside the set and takes
 * milliseconds however large the set is. Devices choose ids, so the hash is keyed (SipHash-2-4) and
 * nobody outside can make them collide. */
#ifndef STORE_ID_SET_INTERNAL_H
#define STORE_ID_SET_INTERNAL_H

#include "base/bytes.h"

enum { HUB_ID_PARTS = 64 };

struct hub_id_key {
    uint64_t k[2];
};

struct hub_id_part {
    uint8_t (*slots)[16]; /* all zero: free */
    size_t n_slots;       /* 0, or more than n: one is always free */
    size_t n;             /* ids in slots */
};

/* Zeroed is empty. */
struct hub_id_set {
    struct hub_id_part *parts; /* HUB_ID_PARTS of them; NULL: none yet */
    size_t n_slots;            /* of all parts */
    size_t n;
    bool has_zero; /* the id of all zeros, which no slot can hold */
};

enum hub_id_added { HUB_ID_ADDED, HUB_ID_KNOWN, HUB_ID_NO_ROOM };

bool hub_id_set_has(const struct hub_id_set *set, const struct hub_id_key *key,
                    const uint8_t id[16]);
/* The slots take at most bytes_max; beyond, or when memory is out, HUB_ID_NO_ROOM. */
enum hub_id_added hub_id_set_add(struct hub_id_set *set, const struct hub_id_key *key,
                                 const uint8_t id[16], size_t bytes_max);
/* Takes an id out, if it is there. */
void hub_id_set_remove(struct hub_id_set *set, const struct hub_id_key *key, const uint8_t id[16]);
static inline size_t hub_id_set_bytes(const struct hub_id_set *set)
{
    return set->n_slots * sizeof(set->parts[0].slots[0]);
}
static inline size_t hub_id_set_count(const struct hub_id_set *set)
{
    return set->n + (set->has_zero ? 1 : 0);
}
void hub_id_set_clear(struct hub_id_set *set);

#endif
