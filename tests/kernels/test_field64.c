/* The kernels over Field64 of every tier against plain C, lane by lane: all lengths past two
 * vectors and long ones, with strides of no alignment, in place, extremes, and a redzone behind
 * what is written. */
#include "field/field64_kernels.h"
#include "tiers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N_SHORT = 19, N_LONG = 5000, STRIDE_MAX = 3, LOG_P_MAX = 7, GUARD = 8 };
static const uint64_t guard = 0xa5a5a5a5a5a5a5a5U;

enum fill { RANDOM, ZEROS, ONES, LARGEST, MIXED, N_FILLS };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed ^ *seed >> 29;
}

static hub_fe64 element(enum fill fill, uint64_t *seed)
{
    if (fill == MIXED)
        fill = (enum fill)(next(seed) >> 40) % MIXED;
    switch (fill) {
    case ZEROS:
        return 0;
    case ONES:
        return 1;
    case LARGEST:
        return HUB_FIELD64_P - 1;
    case RANDOM:
    case MIXED:
    case N_FILLS:
        break;
    }
    return next(seed) % HUB_FIELD64_P;
}

/* n words, and a redzone behind them. */
struct words {
    uint8_t *memory;
    uint64_t *at;
    size_t n;
};

static struct words fill_words(size_t n, enum fill fill, uint64_t *seed)
{
    struct words w = {malloc((n + GUARD) * sizeof(uint64_t) + 64), NULL, n};

    assert_non_null(w.memory);
    w.at = (uint64_t *)(void *)(w.memory + 8); /* of no vector's alignment */
    for (size_t i = 0; i < n; i++)
        w.at[i] = element(fill, seed);
    for (size_t i = 0; i < GUARD; i++)
        w.at[n + i] = guard;
    return w;
}

static void free_words(struct words *w)
{
    for (size_t i = 0; i < GUARD; i++)
        assert_int_equal(w->at[w->n + i], guard);
    free(w->memory);
}

/* One lane for itself. */
static struct words lane_of(const struct words *w, unsigned lanes, unsigned lane)
{
    struct words row = {malloc((w->n / lanes + GUARD) * sizeof(uint64_t) + 64), NULL, w->n / lanes};

    assert_non_null(row.memory);
    row.at = (uint64_t *)(void *)(row.memory + 8);
    for (size_t i = 0; i < row.n; i++)
        row.at[i] = w->at[i * lanes + lane];
    for (size_t i = 0; i < GUARD; i++)
        row.at[row.n + i] = guard;
    return row;
}

typedef void vector_kernel(uint64_t *out, const uint64_t *a, const uint64_t *b, size_t n);

/* place: the output is a (1), or b (2), or apart. */
static void check_vector(unsigned lanes, vector_kernel *kernel, vector_kernel *plain, size_t n,
                         enum fill fill, unsigned place, uint64_t *seed)
{
    struct words a = fill_words(n * lanes, fill, seed);
    struct words b = fill_words(n * lanes, n % 2 == 0 ? fill : MIXED, seed);
    struct words apart = fill_words(n * lanes, RANDOM, seed);
    struct words *out = place == 1 ? &a : place == 2 ? &b : &apart;
    struct words expected = fill_words(n * lanes, RANDOM, seed);

    for (unsigned l = 0; l < lanes; l++) {
        struct words a_row = lane_of(&a, lanes, l);
        struct words b_row = lane_of(&b, lanes, l);

        plain(a_row.at, a_row.at, b_row.at, n);
        for (size_t i = 0; i < n; i++)
            expected.at[i * lanes + l] = a_row.at[i];
        free_words(&a_row);
        free_words(&b_row);
    }
    kernel(out->at, a.at, b.at, n);
    assert_memory_equal(out->at, expected.at, n * lanes * sizeof(uint64_t));
    free_words(&a);
    free_words(&b);
    free_words(&apart);
    free_words(&expected);
}

/* place: the output is one of the three, or apart. */
static void check_mul_add(const struct hub_field64_kernels *k, const struct hub_field64_kernels *c,
                          enum fill fill, unsigned place, uint64_t *seed)
{
    struct words w[4];
    uint64_t expected[HUB_FIELD64_LANES_MAX];

    for (unsigned i = 0; i < 4; i++)
        w[i] = fill_words(k->lanes, fill, seed);
    for (unsigned l = 0; l < k->lanes; l++)
        c->mul_add(&expected[l], &w[0].at[l], &w[1].at[l], &w[2].at[l]);
    k->mul_add(w[place].at, w[0].at, w[1].at, w[2].at);
    assert_memory_equal(w[place].at, expected, k->lanes * sizeof(uint64_t));
    for (unsigned i = 0; i < 4; i++)
        free_words(&w[i]);
}

static void check_sums(const struct hub_field64_kernels *k, const struct hub_field64_kernels *c,
                       size_t n, size_t stride, enum fill fill, uint64_t *seed)
{
    unsigned lanes = k->lanes;
    struct words x = fill_words((n * stride + 1) * lanes, fill, seed);
    struct words y = fill_words(n * lanes, fill, seed);
    struct words same = fill_words(n, fill, seed);
    struct words sum = fill_words(lanes, RANDOM, seed);
    struct words dot = fill_words(lanes, RANDOM, seed);
    struct words dot_same = fill_words(lanes, RANDOM, seed);

    k->sum(sum.at, x.at, stride, n);
    k->dot(dot.at, x.at, stride, y.at, n);
    k->dot_same(dot_same.at, x.at, stride, same.at, n);
    for (unsigned l = 0; l < lanes; l++) {
        struct words x_row = lane_of(&x, lanes, l);
        struct words y_row = lane_of(&y, lanes, l);
        uint64_t expected;

        c->sum(&expected, x_row.at, stride, n);
        assert_int_equal(sum.at[l], expected);
        c->dot(&expected, x_row.at, stride, y_row.at, n);
        assert_int_equal(dot.at[l], expected);
        c->dot_same(&expected, x_row.at, stride, same.at, n);
        assert_int_equal(dot_same.at[l], expected);
        free_words(&x_row);
        free_words(&y_row);
    }
    free_words(&x);
    free_words(&y);
    free_words(&same);
    free_words(&sum);
    free_words(&dot);
    free_words(&dot_same);
}

/* Lanes of roots get a point that is one, a different one each. */
static void check_lagrange(const struct hub_field64_kernels *k, const struct hub_field64_kernels *c,
                           const struct hub_domain64 *d, enum fill fill, unsigned roots,
                           uint64_t *seed)
{
    unsigned lanes = k->lanes;
    struct words t = fill_words(lanes, fill, seed);
    struct words t_power = fill_words(lanes, RANDOM, seed);
    struct words even = fill_words(d->p * lanes, RANDOM, seed);
    struct words odd = fill_words(d->p * lanes, RANDOM, seed);
    struct words values = fill_words(2 * d->p * lanes, fill, seed);
    struct words all = fill_words(lanes, RANDOM, seed);
    struct words but_one = fill_words(lanes, RANDOM, seed);

    for (unsigned l = 0; l < lanes; l++) {
        if ((roots >> l & 1) != 0)
            t.at[l] = d->roots[2 * (l % d->p)];
    }
    k->lagrange(d, even.at, odd.at, t_power.at, t.at);
    k->evaluate(d, all.at, values.at, 2 * d->p, even.at, odd.at, t_power.at);
    k->evaluate(d, but_one.at, values.at, 2 * d->p - 1, even.at, odd.at, t_power.at);
    for (unsigned l = 0; l < lanes; l++) {
        struct words even_row = fill_words(d->p, RANDOM, seed);
        struct words odd_row = fill_words(d->p, RANDOM, seed);
        struct words row = lane_of(&values, lanes, l);
        uint64_t power;
        uint64_t expected;

        c->lagrange(d, even_row.at, odd_row.at, &power, &t.at[l]);
        assert_int_equal(t_power.at[l], power);
        assert_true((roots >> l & 1) == 0 || power == 1);
        for (size_t i = 0; i < d->p; i++) {
            assert_int_equal(even.at[i * lanes + l], even_row.at[i]);
            assert_int_equal(odd.at[i * lanes + l], odd_row.at[i]);
        }
        c->evaluate(d, &expected, row.at, 2 * d->p, even_row.at, odd_row.at, &power);
        assert_int_equal(all.at[l], expected);
        c->evaluate(d, &expected, row.at, 2 * d->p - 1, even_row.at, odd_row.at, &power);
        assert_int_equal(but_one.at[l], expected);
        free_words(&even_row);
        free_words(&odd_row);
        free_words(&row);
    }
    free_words(&t);
    free_words(&t_power);
    free_words(&even);
    free_words(&odd);
    free_words(&values);
    free_words(&all);
    free_words(&but_one);
}

static void every_tier(void (*check)(const struct hub_field64_kernels *k,
                                     const struct hub_field64_kernels *c, uint64_t *seed))
{
    uint64_t seed = 64;
    struct hub_field64_kernels c;

    hub_field64_kernels_init(&c, 0);
    assert_int_equal(c.lanes, 1);
    for (size_t tier = 0; tier < N_TIERS; tier++) {
        struct hub_field64_kernels k;

        if (!tier_runs_here(tier))
            continue;
        hub_field64_kernels_init(&k, tier_flags[tier]);
        assert_true(k.lanes <= HUB_FIELD64_LANES_MAX);
        check(&k, &c, &seed);
    }
}

static void check_vectors(const struct hub_field64_kernels *k, const struct hub_field64_kernels *c,
                          uint64_t *seed)
{
    for (size_t n = 0; n <= N_SHORT; n++) {
        for (unsigned fill = 0; fill < N_FILLS; fill++) {
            for (unsigned place = 0; place < 3; place++) {
                check_vector(k->lanes, k->add, c->add, n, (enum fill)fill, place, seed);
                check_vector(k->lanes, k->sub, c->sub, n, (enum fill)fill, place, seed);
                check_vector(k->lanes, k->mul, c->mul, n, (enum fill)fill, place, seed);
            }
        }
    }
    for (unsigned i = 0; i < 4 * N_FILLS; i++)
        check_mul_add(k, c, (enum fill)(i / 4), i % 4, seed);
    check_vector(k->lanes, k->mul, c->mul, N_LONG, RANDOM, 0, seed);
    check_vector(k->lanes, k->add, c->add, N_LONG, MIXED, 0, seed);
    check_vector(k->lanes, k->sub, c->sub, N_LONG, MIXED, 0, seed);
}

static void check_all_sums(const struct hub_field64_kernels *k, const struct hub_field64_kernels *c,
                           uint64_t *seed)
{
    for (unsigned fill = 0; fill < N_FILLS; fill++) {
        for (size_t n = 0; n <= N_SHORT; n++) {
            for (size_t stride = 1; stride <= STRIDE_MAX; stride++)
                check_sums(k, c, n, stride, (enum fill)fill, seed);
        }
        check_sums(k, c, N_LONG, 1, (enum fill)fill, seed);
    }
}

static void check_weights(const struct hub_field64_kernels *k, const struct hub_field64_kernels *c,
                          uint64_t *seed)
{
    for (unsigned log_p = 0; log_p <= LOG_P_MAX; log_p++) {
        hub_fe64 *table = malloc(hub_domain64_table_len(log_p) * sizeof(*table));
        struct hub_domain64 d;

        assert_non_null(table);
        hub_domain64_init(&d, table, log_p);
        for (unsigned fill = 0; fill < N_FILLS; fill++) {
            check_lagrange(k, c, &d, (enum fill)fill, 0, seed);
            check_lagrange(k, c, &d, (enum fill)fill, 0xff, seed);
            check_lagrange(k, c, &d, (enum fill)fill, 1U << fill, seed);
        }
        free(table);
    }
}

static void vectors_are_as_in_plain_c(void **state)
{
    (void)state;
    every_tier(check_vectors);
}

static void sums_are_as_in_plain_c(void **state)
{
    (void)state;
    every_tier(check_all_sums);
}

static void weights_are_as_in_plain_c(void **state)
{
    (void)state;
    every_tier(check_weights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_as_in_plain_c),
        cmocka_unit_test(sums_are_as_in_plain_c),
        cmocka_unit_test(weights_are_as_in_plain_c),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
