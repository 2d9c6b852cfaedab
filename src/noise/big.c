/* Canonne, Kamath, Steinke, "The Discrete Gaussian for Differential Privacy", Algorithms 1 to 3,
 * over libgmp. Every fraction is brought to lowest terms before it is drawn: the number of bytes
 * that a draw takes depends on it.
 *
 * Room: a and b have at most 192 bits, so t has 98 and a proposal 98 + 64 (its count of trials is a
 * machine word). Then y b t has at most 452 bits, the exponent's numerator 904, its denominator
 * 1 + 192 + 192 + 196, and products with the trial's number 8 more: all below HUB_BIG_BITS. */
#include "noise/big_internal.h"

#include <assert.h>

static_assert(sizeof(unsigned long) == 8, "counts of trials and words of 64 bits");

enum {
    WORDS_MAX = HUB_BIG_BITS / 32,
    /* Trial k of an exponent is reached with probability 1/(k-1)! at most. */
    TRIALS_MAX = 255
};

void hub_big_init(struct hub_big *big)
{
    for (size_t i = 0; i < HUB_N_BIG; i++)
        mpz_init2(big->n[i], HUB_BIG_BITS);
    mpz_set_ui(big->n[BIG_ONE], 1);
}

void hub_big_wipe(struct hub_big *big)
{
    for (size_t i = 0; i < HUB_N_BIG; i++) {
        const size_t n_limbs = (HUB_BIG_BITS + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS;

        /* Grown storage would have left its old self unwiped in the heap. */
        assert((size_t)big->n[i]->_mp_alloc == n_limbs);
        hub_wipe(mpz_limbs_write(big->n[i], (mp_size_t)n_limbs), n_limbs * sizeof(mp_limb_t));
        mpz_limbs_finish(big->n[i], 0);
        mpz_clear(big->n[i]);
    }
}

static void reduce(struct hub_big *big, mpz_t num, mpz_t den)
{
    mpz_t *const n = big->n;

    mpz_gcd(n[BIG_DRAW], num, den);
    mpz_divexact(num, num, n[BIG_DRAW]);
    mpz_divexact(den, den, n[BIG_DRAW]);
}

hub_status hub_big_set_variance(struct hub_big *big, const mpz_t a, const mpz_t b)
{
    mpz_t *const n = big->n;

    if (mpz_sgn(a) <= 0 || mpz_sgn(b) <= 0 || mpz_sizeinbase(a, 2) > HUB_BIG_INPUT_BITS ||
        mpz_sizeinbase(b, 2) > HUB_BIG_INPUT_BITS)
        return HUB_E_ARGUMENT;
    mpz_set(n[BIG_A], a);
    mpz_set(n[BIG_B], b);
    reduce(big, n[BIG_A], n[BIG_B]);
    mpz_tdiv_q(n[BIG_T], n[BIG_A], n[BIG_B]);
    mpz_sqrt(n[BIG_T], n[BIG_T]);
    mpz_add_ui(n[BIG_T], n[BIG_T], 1);
    return HUB_OK;
}

/* BIG_DRAW: uniform below q. */
static void below(struct hub_big *big, const mpz_t q, struct hub_noise_stream *s)
{
    const size_t n_bits = mpz_sizeinbase(q, 2);
    const size_t n_words = (n_bits + 31) / 32;
    uint32_t words[WORDS_MAX];

    assert(n_words >= 1 && n_words <= WORDS_MAX);
    do {
        for (size_t i = 0; i < n_words; i++)
            words[i] = hub_noise_stream_word(s);
        if (n_bits % 32 != 0)
            words[n_words - 1] >>= 32 - n_bits % 32;
        mpz_import(big->n[BIG_DRAW], n_words, -1, sizeof(words[0]), 0, 0, words);
    } while (mpz_cmp(big->n[BIG_DRAW], q) >= 0);
    hub_wipe(words, sizeof(words));
}

/* True with probability p / q, in lowest terms. */
static bool bernoulli(struct hub_big *big, const mpz_t p, const mpz_t q, struct hub_noise_stream *s)
{
    below(big, q, s);
    return mpz_cmp(big->n[BIG_DRAW], p) < 0; /* 1 + draw <= p */
}

/* True with probability exp(-num/den), 0 <= num <= den, in lowest terms. */
static bool bernoulli_exp1(struct hub_big *big, const mpz_t num, const mpz_t den,
                           struct hub_noise_stream *s)
{
    mpz_t *const n = big->n;
    unsigned long k = 1;

    for (;; k++) {
        /* gcd(num, den k) = gcd(num, k); for num = 0 it is den k, and the chance 0/1. */
        if (mpz_sgn(num) == 0) {
            mpz_set_ui(n[BIG_P], 0);
            mpz_set_ui(n[BIG_Q], 1);
        } else {
            const unsigned long common = mpz_gcd_ui(NULL, num, k);

            mpz_divexact_ui(n[BIG_P], num, common);
            mpz_mul_ui(n[BIG_Q], den, k / common);
        }
        if (!bernoulli(big, n[BIG_P], n[BIG_Q], s))
            return k % 2 == 1;
        if (k == TRIALS_MAX) {
            s->failed = true;
            return false;
        }
    }
}

/* True with probability exp(-NUM/DEN). */
static bool bernoulli_exp(struct hub_big *big, struct hub_noise_stream *s)
{
    mpz_t *const n = big->n;

    reduce(big, n[BIG_NUM], n[BIG_DEN]);
    mpz_tdiv_qr(n[BIG_FLOOR], n[BIG_NUM], n[BIG_NUM], n[BIG_DEN]);
    for (; mpz_sgn(n[BIG_FLOOR]) > 0; mpz_sub_ui(n[BIG_FLOOR], n[BIG_FLOOR], 1)) {
        if (!bernoulli_exp1(big, n[BIG_ONE], n[BIG_ONE], s))
            return false;
    }
    return bernoulli_exp1(big, n[BIG_NUM], n[BIG_DEN], s);
}

/* BIG_Y: geometric with parameter 1 - exp(-den/t), t = BIG_T. */
static void geometric(struct hub_big *big, unsigned long den, struct hub_noise_stream *s)
{
    mpz_t *const n = big->n;
    unsigned long v = 0;

    do {
        below(big, n[BIG_T], s);
        mpz_set(n[BIG_U], n[BIG_DRAW]);
        mpz_set(n[BIG_NUM], n[BIG_U]);
        mpz_set(n[BIG_DEN], n[BIG_T]);
        reduce(big, n[BIG_NUM], n[BIG_DEN]);
    } while (!bernoulli_exp1(big, n[BIG_NUM], n[BIG_DEN], s) && !s->failed);
    while (bernoulli_exp1(big, n[BIG_ONE], n[BIG_ONE], s))
        v++;
    mpz_mul_ui(n[BIG_Y], n[BIG_T], v);
    mpz_add(n[BIG_Y], n[BIG_Y], n[BIG_U]);
    mpz_tdiv_q_ui(n[BIG_Y], n[BIG_Y], den);
}

/* BIG_Y: absolute value; returns whether it is negative. Scale t / den. */
static bool laplace(struct hub_big *big, unsigned long den, struct hub_noise_stream *s)
{
    mpz_t *const n = big->n;

    for (;;) {
        mpz_set_ui(n[BIG_Q], 2);
        const bool is_negative = bernoulli(big, n[BIG_ONE], n[BIG_Q], s);

        geometric(big, den, s);
        /* -0 would give 0 twice its share. */
        if (!is_negative || mpz_sgn(n[BIG_Y]) != 0 || s->failed)
            return is_negative;
    }
}

void hub_big_laplace(struct hub_big *big, mpz_t out, uint64_t num, uint64_t den,
                     struct hub_noise_stream *s)
{
    mpz_t *const n = big->n;

    mpz_set_ui(n[BIG_T], num);
    mpz_set_ui(n[BIG_DEN], den);
    reduce(big, n[BIG_T], n[BIG_DEN]);
    const bool is_negative = laplace(big, mpz_get_ui(n[BIG_DEN]), s);

    mpz_set(out, n[BIG_Y]);
    if (is_negative)
        mpz_neg(out, out);
}

/* The exponent is (|y| b t - a)^2 / (2 a b t^2). */
static bool accept(struct hub_big *big, struct hub_noise_stream *s)
{
    mpz_t *const n = big->n;

    mpz_mul(n[BIG_DEN], n[BIG_B], n[BIG_T]);
    mpz_mul(n[BIG_NUM], n[BIG_Y], n[BIG_DEN]);
    mpz_sub(n[BIG_NUM], n[BIG_NUM], n[BIG_A]);
    mpz_mul(n[BIG_NUM], n[BIG_NUM], n[BIG_NUM]);
    mpz_mul(n[BIG_DEN], n[BIG_DEN], n[BIG_T]);
    mpz_mul(n[BIG_DEN], n[BIG_DEN], n[BIG_A]);
    mpz_mul_2exp(n[BIG_DEN], n[BIG_DEN], 1);
    return bernoulli_exp(big, s);
}

bool hub_big_accept(struct hub_big *big, uint64_t y, struct hub_noise_stream *s)
{
    mpz_set_ui(big->n[BIG_Y], y);
    return accept(big, s);
}

void hub_big_gaussian(struct hub_big *big, mpz_t out, struct hub_noise_stream *s)
{
    mpz_t *const n = big->n;

    for (;;) {
        const bool is_negative = laplace(big, 1, s);

        mpz_set(out, n[BIG_Y]);
        if (is_negative)
            mpz_neg(out, out);
        if (accept(big, s) || s->failed)
            return;
    }
}
