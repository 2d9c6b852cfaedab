/* `hubbub bench vdaf`: microseconds a report at each step of each VDAF, one core. */
#ifndef BENCH_BENCH_VDAF_H
#define BENCH_BENCH_VDAF_H

#include <stdbool.h>

/* Prints a table, or a JSON line a step: tier, sizes, median, fastest and slowest repetition, CPU
 * and compiler. tier: "c", "avx2", "avx512", "avx512-ifma", "neon", "all", or NULL for the fastest
 * of this machine. Returns the program's exit code. */
int hub_bench_vdaf(bool json, const char *tier);

#endif
