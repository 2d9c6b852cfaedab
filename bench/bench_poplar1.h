/* `hubbub bench poplar1`: microseconds a report at each step of Poplar1, one core. */
#ifndef BENCH_BENCH_POPLAR1_H
#define BENCH_BENCH_POPLAR1_H

#include <stdbool.h>

/* Prints a table, or a JSON line a step, for each kernel tier of this machine. Returns the
 * program's exit code. */
int hub_bench_poplar1(bool json);

#endif
