/* Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", Algorithms 1 to 3,
 * in 64-bit words. Uses the stream exactly as big.c does and hands a proposal over to it where its
 * exponent does not fit: a release draws some hundred thousand samples, and nearly all fit. */
#include "noise/discrete.h"

#include "noise/big_internal.h"

/* Exponents are fractions of numbers below 2^56, so that 255 trials fit a word. */
#define FRACTION_MAX ((uint64_t)1 << 56)

enum { TRIALS_MAX = 255 };

/* For n > 0. */
static uint64_t below(uint64_t n, struct hub_noise_stream *s)
{
    const unsigned n_bits = 64U - (unsigned)__builtin_clzll(n);

    for (;;) {
        uint64_t draw = hub_noise_stream_word(s);

        if (n_bits > 32)
            draw |= (uint64_t)(hub_noise_stream_word(s) >> (64 - n_bits)) << 32;
        else
            draw >>= 32 - n_bits;
        if (draw < n)
            return draw;
    }
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b != 0) {
        const uint64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* True with probability exp(-num/den), 0 <= num <= den < FRACTION_MAX, in lowest terms. */
static bool bernoulli_exp1(uint64_t num, uint64_t den, struct hub_noise_stream *s)
{
    for (uint64_t k = 1; k <= TRIALS_MAX; k++) {
        const uint64_t common = num == 0 ? den * k : gcd(num, k);

        /* The chance num / (den k), whose common divisor is gcd(num, k), or all for 0. */
        if (1 + below(den * k / common, s) > num / common)
            return k % 2 == 1;
    }
    s->failed = true;
    return false;
}

/* The same for num > den too. */
static bool bernoulli_exp(uint64_t num, uint64_t den, struct hub_noise_stream *s)
{
    const uint64_t common = gcd(num, den);

    num /= common;
    den /= common;
    for (; num >= den; num -= den) {
        if (!bernoulli_exp1(1, 1, s))
            return false;
    }
    return bernoulli_exp1(num, den, s);
}

/* Geometric with parameter 1 - exp(-den/t), in lowest terms. */
static uint64_t geometric(uint64_t den, uint64_t t, struct hub_noise_stream *s)
{
    uint64_t u;
    uint64_t v = 0;

    do {
        u = below(t, s);
        const uint64_t common = gcd(t, u);

        if (bernoulli_exp1(u / common, t / common, s))
            break;
    } while (!s->failed);
    while (bernoulli_exp1(1, 1, s))
        v++;
    return (u + t * v) / den;
}

struct draw {
    bool is_negative;
    uint64_t y; /* absolute value */
};

/* Scale t / den in lowest terms. */
static struct draw laplace(uint64_t den, uint64_t t, struct hub_noise_stream *s)
{
    for (;;) {
        const bool is_negative = below(2, s) == 0;
        const uint64_t y = geometric(den, t, s);

        /* -0 would give 0 twice its share. */
        if (!is_negative || y != 0 || s->failed)
            return (struct draw){is_negative, y};
    }
}

static int64_t signed_draw(struct draw d)
{
    return d.is_negative ? -(int64_t)d.y : (int64_t)d.y;
}

/* Leaves nothing that could be added as if it were noise. */
static hub_status refuse(int64_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = INT64_MIN;
    return HUB_E_RANDOM;
}

hub_status hub_discrete_laplace(int64_t *out, size_t n, uint64_t scale_num, uint64_t scale_den,
                                const uint8_t seed[HUB_NOISE_SEED_LEN], uint64_t *consumed)
{
    const uint64_t limit = (uint64_t)1 << 31;
    HUB_CLEANUP(hub_noise_stream_wipe) struct hub_noise_stream s;

    hub_noise_stream_init(&s, seed);
    if (scale_num == 0 || scale_den == 0 || scale_num > limit || scale_den > limit)
        return HUB_E_ARGUMENT;
    const uint64_t common = gcd(scale_num, scale_den);

    for (size_t i = 0; i < n && !s.failed; i++)
        out[i] = signed_draw(laplace(scale_den / common, scale_num / common, &s));
    if (s.failed)
        return refuse(out, n);
    if (consumed != NULL)
        *consumed = s.consumed;
    return HUB_OK;
}

/* floor(sqrt(a)) + 1 for a up to 2^62, bit by bit. */
static uint64_t scale_of(uint64_t sigma2)
{
    uint64_t root = 0;

    for (uint64_t bit = (uint64_t)1 << 31; bit != 0; bit >>= 1) {
        if ((root | bit) * (root | bit) <= sigma2)
            root |= bit;
    }
    return root + 1;
}

struct gaussian {
    uint64_t sigma2;
    uint64_t t;
    uint64_t den;        /* 2 sigma2 t^2, or 0 where that does not fit */
    bool has_big;        /* made when first needed */
    struct hub_big *big; /* the caller's storage */
};

static bool accept_big(struct gaussian *g, uint64_t y, struct hub_noise_stream *s)
{
    if (!g->has_big) {
        mpz_t a;
        mpz_t b;

        mpz_init_set_ui(a, g->sigma2); /* public, as b is */
        mpz_init_set_ui(b, 1);
        hub_big_init(g->big);
        g->has_big = true;
        if (hub_big_set_variance(g->big, a, b) != HUB_OK)
            s->failed = true;
        mpz_clear(a);
        mpz_clear(b);
    }
    return hub_big_accept(g->big, y, s);
}

/* The exponent is (|y| t - sigma2)^2 / (2 sigma2 t^2). */
static bool accept(struct gaussian *g, uint64_t y, struct hub_noise_stream *s)
{
    uint64_t product;
    uint64_t num;

    if (g->den == 0 || __builtin_mul_overflow(y, g->t, &product))
        return accept_big(g, y, s);
    const uint64_t distance = product > g->sigma2 ? product - g->sigma2 : g->sigma2 - product;

    if (__builtin_mul_overflow(distance, distance, &num))
        return accept_big(g, y, s);
    return bernoulli_exp(num, g->den, s);
}

static void gaussian_init(struct gaussian *g, uint64_t sigma2, struct hub_big *big)
{
    *g = (struct gaussian){.sigma2 = sigma2, .t = scale_of(sigma2), .big = big};
    if (__builtin_mul_overflow(2 * sigma2, g->t, &g->den) ||
        __builtin_mul_overflow(g->den, g->t, &g->den) || g->den >= FRACTION_MAX)
        g->den = 0;
}

static void gaussian_clear(struct gaussian *g)
{
    if (g->has_big)
        hub_big_wipe(g->big);
}

hub_status hub_discrete_gaussian(int64_t *out, size_t n, uint64_t sigma2,
                                 const uint8_t seed[HUB_NOISE_SEED_LEN], uint64_t *consumed)
{
    struct hub_big big;
    HUB_CLEANUP(hub_noise_stream_wipe) struct hub_noise_stream s;
    HUB_CLEANUP(gaussian_clear) struct gaussian g = {0};

    hub_noise_stream_init(&s, seed);
    if (sigma2 == 0 || sigma2 > HUB_NOISE_SIGMA2_MAX)
        return HUB_E_ARGUMENT;
    gaussian_init(&g, sigma2, &big);
    for (size_t i = 0; i < n; i++) {
        struct draw d;

        do {
            d = laplace(1, g.t, &s);
        } while (!accept(&g, d.y, &s) && !s.failed);
        out[i] = signed_draw(d);
        if (s.failed)
            return refuse(out, n);
    }
    if (consumed != NULL)
        *consumed = s.consumed;
    return HUB_OK;
}
