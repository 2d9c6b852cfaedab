/* Elements of Field255 from XofTurboShake128. */
#ifndef XOF_FIELD255_H
#define XOF_FIELD255_H

#include "field/field255.h"
#include "xof/turboshake.h"

/* The next n elements, each below p: 32 bytes with the highest bit cleared; what is not below p is
 * skipped, as the draft's next_vec does. */
void hub_xof_next_field255(struct hub_xof *x, hub_fe255 *out, size_t n);

#endif
