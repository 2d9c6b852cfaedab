/* Aggregate shares: rows of hub_vdaf_output_len(v) little-endian field elements, in the encoding in
 * which they are kept and sent. acc is hub_vdaf_agg_share_len(v) bytes with elements below p: as
 * hub_vdaf_agg_share_init leaves it and every function here keeps it. */
#ifndef VDAF_AGG_SHARE_H
#define VDAF_AGG_SHARE_H

#include "vdaf/vdaf.h"

/* All zero. */
void hub_vdaf_agg_share_init(const struct hub_vdaf *v, uint8_t *acc);
/* acc += share: an out share or another aggregate share. HUB_E_DECODE (wrong length, an element not
 * below p) leaves acc unchanged. */
HUB_MUST_USE hub_status hub_vdaf_agg_share_add(const struct hub_vdaf *v, uint8_t *acc,
                                               hub_span share);
/* Adds the out shares of a batch whose verdict is HUB_VDAF_ACCEPTED: as verify_next gave them. */
void hub_vdaf_aggregate(const struct hub_vdaf *v, uint8_t *acc, size_t n, const uint8_t *verdict,
                        const hub_span *out_shares);
/* acc += numbers mod p; n must be hub_vdaf_output_len(v). For noise. Constant time in numbers. */
void hub_vdaf_agg_share_add_signed(const struct hub_vdaf *v, uint8_t *acc, const int64_t *numbers,
                                   size_t n);

/* The aggregate result from both shares: n = hub_vdaf_output_len(v) totals. HUB_E_DECODE: a share
 * has the wrong length, an element not below p, or a total does not fit its 64 bits. Outputs are
 * written only on success. */
HUB_MUST_USE hub_status hub_vdaf_unshard(const struct hub_vdaf *v, uint64_t *totals, size_t n,
                                         hub_span leader_share, hub_span helper_share);
/* The same with each element read as the number nearest to zero, in (-p/2, p/2]: for totals with
 * noise, which may be negative. */
HUB_MUST_USE hub_status hub_vdaf_unshard_signed(const struct hub_vdaf *v, int64_t *totals, size_t n,
                                                hub_span leader_share, hub_span helper_share);

#endif
