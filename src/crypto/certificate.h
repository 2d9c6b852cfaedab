/* X.509 certificates as a server has them, for looking at: until when, and whether the key fits. */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "base/bytes.h"

struct hub_certificate {
    uint64_t not_before_s; /* POSIX seconds */
    uint64_t not_after_s;
    bool key_fits;
    char subject[128]; /* one line, cut */
};

/* The first certificate of a PEM chain, and a PEM private key. HUB_E_DECODE: one of them is none;
 * why says which. */
HUB_MUST_USE hub_status hub_certificate_read(struct hub_certificate *out, hub_span chain,
                                             hub_span key, struct hub_why *why);

#endif
