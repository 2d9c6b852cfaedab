/* Field64: integers mod p = 2^64 - 2^32 + 1 (VDAF draft-20, section "NTT-friendly fields"), as
 * plain words below p: what the encoding holds is what arithmetic takes. Constant time. */
#ifndef FIELD_FIELD64_H
#define FIELD_FIELD64_H

#include "base/bytes.h"

#define HUB_FIELD64_P 0xffffffff00000001U

enum { HUB_FIELD64_BYTES = 8, HUB_FIELD64_LOG_ROOTS = 32 };

#endif
