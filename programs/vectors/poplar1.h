/* Poplar1 vectors: files of reports, and files of aggregation parameters (`cases`). */
#ifndef VECTORS_POPLAR1_H
#define VECTORS_POPLAR1_H

#include "base/arena.h"

/* Runs the file's reports one by one and as one batch, on every kernel tier of this machine.
 * HUB_E_VERIFY with "step, report, expected, got" in why if anything differs from the file. */
HUB_MUST_USE hub_status vector_poplar1_run(struct hub_arena *arena, const char *path,
                                           struct hub_why *why);

#endif
