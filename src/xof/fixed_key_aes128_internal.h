/* The tiers of XofFixedKeyAes128; contracts are those of the table. */
#ifndef XOF_FIXED_KEY_AES128_INTERNAL_H
#define XOF_FIXED_KEY_AES128_INTERNAL_H

#include "xof/fixed_key_aes128.h"

void hub_fixed_key_expand_c(struct hub_fixed_key *k, const uint8_t key[16]);
void hub_fixed_key_hash_c(struct hub_fixed_key *k, uint8_t *out, const uint8_t *in, size_t n);
#ifdef HUB_HAS_AESNI
void hub_fixed_key_expand_aesni(struct hub_fixed_key *k, const uint8_t bytes[16]);
void hub_fixed_key_hash_aesni(struct hub_fixed_key *k, uint8_t *out, const uint8_t *in, size_t n);
#endif

#endif
