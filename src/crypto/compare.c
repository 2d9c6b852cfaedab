/* Comparison of secrets. */
#include "crypto/compare.h"

#include <openssl/crypto.h>

bool hub_crypto_equal(hub_span a, hub_span b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}
