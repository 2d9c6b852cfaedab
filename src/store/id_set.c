/* The set of ids. A part grows at four fifths; what is taken out closes its gap, so that no
 * tombstones slow later searches. */
#include "store/id_set_internal.h"

#include <stdlib.h>

enum { FIRST_SLOTS = 16, ID_LEN = 16, PART_BITS = 6 };

_Static_assert(HUB_ID_PARTS == 1 << PART_BITS, "the part is the hash's first bits");

static const uint8_t zero[ID_LEN];

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
static uint64_t hash(const struct hub_id_key *key, const uint8_t id[ID_LEN])
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

static struct hub_id_part *part_of(const struct hub_id_set *set, uint64_t h)
{
    return &set->parts[h >> (64 - PART_BITS)];
}

/* The hash's last 32 bits as a fraction of the slots, of which there are fewer than 2^32. */
static size_t home_of(const struct hub_id_part *part, uint64_t h)
{
    return (size_t)((h & 0xffffffffU) * part->n_slots >> 32);
}

static size_t after(const struct hub_id_part *part, size_t slot)
{
    return slot + 1 == part->n_slots ? 0 : slot + 1;
}

/* How many slots lie from one to the other, around the end. */
static size_t distance(const struct hub_id_part *part, size_t from, size_t to)
{
    return to >= from ? to - from : to + part->n_slots - from;
}

static bool is_free(const struct hub_id_part *part, size_t slot)
{
    return memcmp(part->slots[slot], zero, ID_LEN) == 0;
}

/* Where the id stands, or the free slot where it would. A part is never full. */
static size_t find(const struct hub_id_part *part, uint64_t h, const uint8_t id[ID_LEN])
{
    size_t slot = home_of(part, h);
    while (!is_free(part, slot) && memcmp(part->slots[slot], id, ID_LEN) != 0)
        slot = after(part, slot);
    return slot;
}

static bool has(const struct hub_id_set *set, uint64_t h, const uint8_t id[ID_LEN])
{
    if (set->parts == NULL)
        return false;
    const struct hub_id_part *const part = part_of(set, h);
    return part->n_slots != 0 && !is_free(part, find(part, h, id));
}

bool hub_id_set_has(const struct hub_id_set *set, const struct hub_id_key *key,
                    const uint8_t id[ID_LEN])
{
    if (memcmp(id, zero, ID_LEN) == 0)
        return set->has_zero;
    return has(set, hash(key, id), id);
}

/* Parts begin with different sizes, so that they do not all grow at once. */
static size_t next_size(const struct hub_id_set *set, const struct hub_id_part *part)
{
    return part->n_slots == 0 ? FIRST_SLOTS + (size_t)(part - set->parts) / 4
                              : part->n_slots + part->n_slots / 4;
}

static bool grow(struct hub_id_set *set, struct hub_id_part *part, const struct hub_id_key *key,
                 size_t bytes_max)
{
    struct hub_id_part bigger = {.n_slots = next_size(set, part), .n = part->n};
    const size_t others = set->n_slots - part->n_slots;

    if (bigger.n_slots > UINT32_MAX || others + bigger.n_slots > bytes_max / ID_LEN)
        return false;
    bigger.slots = calloc(bigger.n_slots, ID_LEN);
    if (bigger.slots == NULL)
        return false;
    for (size_t i = 0; i < part->n_slots; i++) {
        const uint8_t *const id = part->slots[i];
        if (!is_free(part, i))
            memcpy(bigger.slots[find(&bigger, hash(key, id), id)], id, ID_LEN);
    }
    free(part->slots);
    *part = bigger;
    set->n_slots = others + bigger.n_slots;
    return true;
}

enum hub_id_added hub_id_set_add(struct hub_id_set *set, const struct hub_id_key *key,
                                 const uint8_t id[ID_LEN], size_t bytes_max)
{
    if (memcmp(id, zero, ID_LEN) == 0) {
        const enum hub_id_added added = set->has_zero ? HUB_ID_KNOWN : HUB_ID_ADDED;
        set->has_zero = true;
        return added;
    }
    const uint64_t h = hash(key, id);
    if (has(set, h, id))
        return HUB_ID_KNOWN;
    if (set->parts == NULL)
        set->parts = calloc(HUB_ID_PARTS, sizeof(*set->parts));
    if (set->parts == NULL)
        return HUB_ID_NO_ROOM;
    struct hub_id_part *const part = part_of(set, h);
    /* Where it may not grow it fills up to 15 of 16 slots: searches stay short. */
    if (part->n >= part->n_slots / 5 * 4 && !grow(set, part, key, bytes_max) &&
        part->n >= part->n_slots / 16 * 15)
        return HUB_ID_NO_ROOM;
    memcpy(part->slots[find(part, h, id)], id, ID_LEN);
    part->n++;
    set->n++;
    return HUB_ID_ADDED;
}

/* Whoever follows a gap and may stand in it moves there, and leaves a gap of its own. */
static void close_gap(struct hub_id_part *part, const struct hub_id_key *key, size_t gap)
{
    for (size_t at = after(part, gap); !is_free(part, at); at = after(part, at)) {
        const size_t home = home_of(part, hash(key, part->slots[at]));
        if (distance(part, home, at) < distance(part, gap, at))
            continue;
        memcpy(part->slots[gap], part->slots[at], ID_LEN);
        gap = at;
    }
    memset(part->slots[gap], 0, ID_LEN);
}

void hub_id_set_remove(struct hub_id_set *set, const struct hub_id_key *key,
                       const uint8_t id[ID_LEN])
{
    if (memcmp(id, zero, ID_LEN) == 0) {
        set->has_zero = false;
        return;
    }
    const uint64_t h = hash(key, id);
    if (!has(set, h, id))
        return;
    struct hub_id_part *const part = part_of(set, h);
    close_gap(part, key, find(part, h, id));
    part->n--;
    set->n--;
}

void hub_id_set_clear(struct hub_id_set *set)
{
    for (size_t i = 0; set->parts != NULL && i < HUB_ID_PARTS; i++)
        free(set->parts[i].slots);
    free(set->parts);
    *set = (struct hub_id_set){0};
}
