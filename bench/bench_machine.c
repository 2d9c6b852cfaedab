/* What benches share. */
#include "bench_machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double hub_bench_now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

void hub_bench_sort(double *us, size_t n)
{
    qsort(us, n, sizeof(us[0]), by_size);
}

void hub_bench_find_cpu(char *out, size_t size)
{
    static const char key[] = "model name";
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];

    (void)snprintf(out, size, "unknown");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        const char *value = strchr(line, ':');

        if (strncmp(line, key, sizeof(key) - 1) != 0 || value == NULL)
            continue;
        (void)snprintf(out, size, "%.*s", (int)strcspn(value + 2, "\n\""), value + 2);
        break;
    }
    if (file != NULL)
        (void)fclose(file);
}
