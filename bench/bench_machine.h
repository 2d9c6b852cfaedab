/* What benches share: the thread's own time, medians, the processor's name. */
#ifndef BENCH_BENCH_MACHINE_H
#define BENCH_BENCH_MACHINE_H

#include <stddef.h>

/* Microseconds that this thread has run, so that other programs on the machine do not count. */
double hub_bench_now_us(void);
/* Sorts repetitions: the median is in the middle, fastest and slowest at both ends. */
void hub_bench_sort(double *us, size_t n);
/* The processor's name as the system tells it. */
void hub_bench_find_cpu(char *out, size_t size);

#endif
