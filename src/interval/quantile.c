/* Exact quantiles of sums of discrete Gaussians, for noise so small that the normal is off. */
#include "interval/interval.h"

#include <assert.h>
#include <math.h>

enum {
    /* Half the support of one draw that is kept: 40 of sigma2 < 9 leaves out less than e^-88. */
    REACH = 40,
    ONE_LEN = 2 * REACH + 1,
    /* Half the support of a sum that is kept: 64 draws of sigma 3 have a spread of 24. */
    SUM_REACH = 360,
    SUM_LEN = 2 * SUM_REACH + 1
};

static void one_draw(double pmf[ONE_LEN], double sigma2)
{
    double total = 0;

    for (int x = -REACH; x <= REACH; x++) {
        pmf[x + REACH] = exp(-(double)x * x / (2 * sigma2));
        total += pmf[x + REACH];
    }
    for (int i = 0; i < ONE_LEN; i++)
        pmf[i] /= total;
}

/* One draw more. What would lie beyond the support is less than can be seen. */
static void add_draw(double sum[SUM_LEN], const double one[ONE_LEN])
{
    double next[SUM_LEN] = {0};

    for (int i = 0; i < SUM_LEN; i++) {
        for (int x = -REACH; x <= REACH; x++) {
            const int at = i + x;

            if (at >= 0 && at < SUM_LEN)
                next[at] += sum[i] * one[x + REACH];
        }
    }
    for (int i = 0; i < SUM_LEN; i++)
        sum[i] = next[i];
}

double hub_noise_quantile(double sigma2, unsigned n_draws, double level)
{
    double one[ONE_LEN];
    double sum[SUM_LEN] = {0};

    assert(sigma2 > 0 && n_draws >= 1 && n_draws <= HUB_NOISE_DRAWS_MAX);
    one_draw(one, sigma2);
    sum[SUM_REACH] = 1;
    for (unsigned i = 0; i < n_draws; i++)
        add_draw(sum, one);
    double inside = sum[SUM_REACH];
    int q = 0;

    while (inside < level && q < SUM_REACH) {
        q++;
        inside += sum[SUM_REACH - q] + sum[SUM_REACH + q];
    }
    return q;
}
