/* XofFixedKeyAes128 (VDAF draft-20, section "XofFixedKeyAes128"): a stream from a seed of 16 bytes
 * under a key that comes from tag and binder. One key serves many seeds, and block i of the stream
 * of a seed is hash(seed ^ i), so blocks are made many at a time, eight in flight. */
#ifndef XOF_FIXED_KEY_AES128_H
#define XOF_FIXED_KEY_AES128_H

#include "base/bytes.h"

enum { HUB_FIXED_KEY_SEED_LEN = 16, HUB_FIXED_KEY_BLOCK_LEN = 16, HUB_FIXED_KEY_ROUND_KEYS = 11 };

struct hub_aes128;
struct hub_fixed_key;

struct hub_fixed_key_kernels {
    const char *tier;
    bool needs_crypto; /* works with the key's AES object */
    /* Prepares k for this AES key, which is public. */
    void (*expand)(struct hub_fixed_key *k, const uint8_t key[16]);
    /* n blocks of 16 bytes; out may be in. Constant time in the blocks. */
    void (*hash)(struct hub_fixed_key *k, uint8_t *out, const uint8_t *in, size_t n);
};

/* Fills the table for the processor's flags (base/cpu.h). Tier "c" is over libcrypto's AES. */
void hub_fixed_key_kernels_init(struct hub_fixed_key_kernels *k, unsigned cpu);

/* A key in use by one thread at a time. Zeroed is a valid empty one. */
struct hub_fixed_key {
    _Alignas(64) uint8_t round_keys[HUB_FIXED_KEY_ROUND_KEYS][16]; /* where the tier keeps them */
    struct hub_fixed_key_kernels kernels;
    struct hub_aes128 *aes; /* where the tier needs it */
    bool has_failed;        /* libcrypto did: what was hashed since then is of no use */
};

/* HUB_E_CRYPTO. */
HUB_MUST_USE hub_status hub_fixed_key_init(struct hub_fixed_key *k, unsigned cpu);
void hub_fixed_key_clear(struct hub_fixed_key *k);
/* The key for a tag, which is dst followed by context (together at most 65535 bytes), and a binder:
 * TurboSHAKE128(len(tag) || tag || binder, 2, 16). */
void hub_fixed_key_derive(struct hub_fixed_key *k, hub_span dst, hub_span context, hub_span binder);

/* out = hash(in) for n blocks: AES(sigma(x)) ^ sigma(x) with sigma(lo, hi) = (hi, hi ^ lo). */
static inline void hub_fixed_key_hash(struct hub_fixed_key *k, uint8_t *out, const uint8_t *in,
                                      size_t n)
{
    k->kernels.hash(k, out, in, n);
}

/* One seed's stream. It holds the seed: wipe it. */
struct hub_fixed_key_stream {
    struct hub_fixed_key *key;
    uint8_t seed[HUB_FIXED_KEY_SEED_LEN];
    uint8_t block[HUB_FIXED_KEY_BLOCK_LEN];
    uint64_t next; /* number of the next block */
    size_t at;     /* bytes of block that were used */
};

/* A stream from its block number first on. */
void hub_fixed_key_stream_init(struct hub_fixed_key_stream *s, struct hub_fixed_key *key,
                               const uint8_t seed[HUB_FIXED_KEY_SEED_LEN], uint64_t first);
/* The next n bytes. */
void hub_fixed_key_squeeze(struct hub_fixed_key_stream *s, uint8_t *out, size_t n);
/* The next n elements of Field64; words at or above p are skipped, as the draft's next_vec does. */
void hub_fixed_key_next_field64(struct hub_fixed_key_stream *s, uint64_t *out, size_t n);
void hub_fixed_key_stream_wipe(struct hub_fixed_key_stream *s);

#endif
