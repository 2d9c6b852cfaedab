/* Nanoseconds a sample of the discrete Gaussian, for vectors as the aggregators make them: a seed
 * for each vector. One JSON line a case; the median of the repetitions and their spread. */
#include "noise/discrete.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPETITIONS = 9, N_SAMPLES = 100000, VECTOR_MAX = 1000 };

static double now_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

/* N_SAMPLES samples; nanoseconds for one. */
static double run(uint64_t sigma2, size_t vector_len, uint64_t repetition)
{
    int64_t samples[VECTOR_MAX];
    uint8_t seed[HUB_NOISE_SEED_LEN] = {0};
    const double start = now_ns();

    for (size_t i = 0; i < N_SAMPLES; i += vector_len) {
        const uint64_t counter = repetition << 32 | i;

        memcpy(seed, &counter, sizeof(counter));
        if (hub_discrete_gaussian(samples, vector_len, sigma2, seed, NULL) != HUB_OK)
            exit(1);
    }
    return (now_ns() - start) / N_SAMPLES;
}

int main(void)
{
    static const uint64_t sigma2[] = {1024, 12288, 66585600, UINT64_C(1) << 40};
    static const size_t lengths[] = {1, 5, 100, 1000};

    for (size_t s = 0; s < sizeof(sigma2) / sizeof(sigma2[0]); s++) {
        for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++) {
            double ns[REPETITIONS];

            for (unsigned r = 0; r < REPETITIONS; r++)
                ns[r] = run(sigma2[s], lengths[l], r);
            qsort(ns, REPETITIONS, sizeof(ns[0]), by_size);
            (void)printf("{\"bench\": \"noise\", \"tier\": \"c\", \"sigma2\": %" PRIu64
                         ", \"vector\": %zu, \"samples\": %d, \"ns_per_sample\": %.0f, "
                         "\"fastest\": %.0f, \"slowest\": %.0f, \"compiler\": \"%s\"}\n",
                         sigma2[s], lengths[l], N_SAMPLES, ns[REPETITIONS / 2], ns[0],
                         ns[REPETITIONS - 1], __VERSION__);
        }
    }
    return 0;
}
