/* Comparison of secrets. */
#ifndef CRYPTO_COMPARE_H
#define CRYPTO_COMPARE_H

#include "base/bytes.h"

/* Constant time in the contents; the lengths are public. */
bool hub_crypto_equal(hub_span a, hub_span b);

#endif
