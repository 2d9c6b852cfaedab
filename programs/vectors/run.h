/* Runs what a vector file lists: its reports one by one, or all in one batch. */
#ifndef VECTORS_RUN_H
#define VECTORS_RUN_H

#include "file.h"

/* batch: all reports go through each step together. cpu: the processor's flags that choose the
 * tier. HUB_E_VERIFY with "step, report, expected, got" in why if anything differs from the file.
 */
HUB_MUST_USE hub_status vector_run(const struct vector_file *file, struct hub_arena *arena,
                                   bool batch, unsigned cpu, struct hub_why *why);

#endif
