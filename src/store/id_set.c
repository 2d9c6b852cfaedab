/* The set of ids. Grows at three quarters; what is taken out closes its gap, so that no tombstones
 * slow later searches. */
#include "store/id_set_internal.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 64 };

static const uint8_t zero[16];

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 of 16 bytes (Aumasson, Bernstein 2012); words in this machine's order, since the
 * hash never leaves it. */
static uint64_t hash(const struct hub_id_key *key, const uint8_t id[16])
{
    uint64_t v[4] = {key->k[0] ^ 0x736f6d6570736575U, key->k[1] ^ 0x646f72616e646f6dU,
                     key->k[0] ^ 0x6c7967656e657261U, key->k[1] ^ 0x7465646279746573U};
    const uint64_t end = (uint64_t)16 << 56;
    uint64_t words[2];

    memcpy(words, id, sizeof(words));
    for (size_t i = 0; i < 3; i++) {
        const uint64_t m = i < 2 ? words[i] : end;
        v[3] ^= m;
        sip_round(v);
        sip_round(v);
        v[0] ^= m;
    }
    v[2] ^= 0xff;
    for (size_t i = 0; i < 4; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static bool is_free(const struct hub_id_set *set, size_t slot)
{
    return memcmp(set->slots[slot], zero, sizeof(zero)) == 0;
}

/* Where the id stands, or the free slot where it would. The set is never full. */
static size_t find(const struct hub_id_set *set, const struct hub_id_key *key, const uint8_t id[16])
{
    size_t slot = (size_t)hash(key, id) & (set->n_slots - 1);
    while (!is_free(set, slot) && memcmp(set->slots[slot], id, sizeof(zero)) != 0)
        slot = (slot + 1) & (set->n_slots - 1);
    return slot;
}

bool hub_id_set_has(const struct hub_id_set *set, const struct hub_id_key *key,
                    const uint8_t id[16])
{
    if (memcmp(id, zero, sizeof(zero)) == 0)
        return set->has_zero;
    return set->n_slots != 0 && !is_free(set, find(set, key, id));
}

static bool grow(struct hub_id_set *set, const struct hub_id_key *key, size_t bytes_max)
{
    const size_t n_slots = set->n_slots == 0 ? FIRST_SLOTS : set->n_slots * 2;
    if (n_slots > bytes_max / sizeof(set->slots[0]))
        return false;
    struct hub_id_set bigger = {.n_slots = n_slots, .n = set->n, .has_zero = set->has_zero};
    bigger.slots = calloc(n_slots, sizeof(set->slots[0]));
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < set->n_slots; i++) {
        if (!is_free(set, i))
            memcpy(bigger.slots[find(&bigger, key, set->slots[i])], set->slots[i], sizeof(zero));
    }
    free(set->slots);
    *set = bigger;
    return true;
}

enum hub_id_added hub_id_set_add(struct hub_id_set *set, const struct hub_id_key *key,
                                 const uint8_t id[16], size_t bytes_max)
{
    if (hub_id_set_has(set, key, id))
        return HUB_ID_KNOWN;
    if (memcmp(id, zero, sizeof(zero)) == 0) {
        set->has_zero = true;
        return HUB_ID_ADDED;
    }
    /* Where it may not grow it fills up to 15 of 16 slots: searches stay short. */
    if (set->n >= set->n_slots / 4 * 3 && !grow(set, key, bytes_max) &&
        set->n >= set->n_slots / 16 * 15)
        return HUB_ID_NO_ROOM;
    memcpy(set->slots[find(set, key, id)], id, sizeof(zero));
    set->n++;
    return HUB_ID_ADDED;
}

void hub_id_set_remove(struct hub_id_set *set, const struct hub_id_key *key, const uint8_t id[16])
{
    if (memcmp(id, zero, sizeof(zero)) == 0) {
        set->has_zero = false;
        return;
    }
    if (set->n_slots == 0)
        return;
    const size_t mask = set->n_slots - 1;
    size_t gap = find(set, key, id);
    if (is_free(set, gap))
        return;
    /* Whoever follows and may stand in the gap moves there, and leaves a gap of its own. */
    for (size_t at = (gap + 1) & mask; !is_free(set, at); at = (at + 1) & mask) {
        const size_t home = (size_t)hash(key, set->slots[at]) & mask;
        if (((at - home) & mask) < ((at - gap) & mask))
            continue;
        memcpy(set->slots[gap], set->slots[at], sizeof(zero));
        gap = at;
    }
    memset(set->slots[gap], 0, sizeof(zero));
    set->n--;
}

void hub_id_set_clear(struct hub_id_set *set)
{
    free(set->slots);
    *set = (struct hub_id_set){0};
}
