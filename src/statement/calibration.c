/* Sensitivity, noise and cost in exact integers (libgmp; all of it public). */
#include "statement/calibration.h"

#include <gmp.h>

enum { DAY_S = 86400, SIGMAS_OF_ROOM = 32 };

static const char field64_modulus[] = "18446744069414584321";
static const char field128_modulus[] = "340282366920938462946865773367900766209";

static hub_status set_u64(uint64_t *out, const mpz_t n)
{
    if (mpz_sizeinbase(n, 2) > 64)
        return HUB_E_REFUSED;
    *out = 0;
    (void)mpz_export(out, NULL, -1, sizeof(*out), 0, 0, n);
    return HUB_OK;
}

static void mul_u64(mpz_t n, uint64_t factor)
{
    mpz_t f;

    mpz_init(f);
    mpz_import(f, 1, -1, sizeof(factor), 0, 0, &factor);
    mpz_mul(n, n, f);
    mpz_clear(f);
}

/* ceil(w delta2 2^39 / divisor): sigma2 from rho and rho from sigma2 are the same division. */
static hub_status divide_up(uint64_t *out, uint64_t w, uint64_t delta2, uint64_t divisor)
{
    mpz_t n;
    mpz_t d;

    if (divisor == 0)
        return HUB_E_REFUSED;
    mpz_init_set_ui(n, 1);
    mpz_init_set_ui(d, 1);
    mul_u64(n, w);
    mul_u64(n, delta2);
    mul_u64(n, HUB_RHO_ONE / 2);
    mul_u64(d, divisor);
    mpz_cdiv_q(n, n, d);
    const hub_status status = set_u64(out, n);

    mpz_clear(n);
    mpz_clear(d);
    return status;
}

static hub_status product(uint64_t *out, const uint64_t *factors, size_t n, struct hub_why *why)
{
    uint64_t value = 1;

    for (size_t i = 0; i < n; i++) {
        if (__builtin_mul_overflow(value, factors[i], &value))
            return hub_why(why, HUB_E_REFUSED, "the squared sensitivity is beyond 64 bits");
    }
    *out = value;
    return HUB_OK;
}

hub_status hub_sensitivity_report(uint64_t *delta2, const struct hub_statement_vdaf *v,
                                  struct hub_why *why)
{
    switch (v->circuit) {
    case HUB_CIRCUIT_COUNT:
        *delta2 = 1;
        return HUB_OK;
    case HUB_CIRCUIT_SUM:
        return product(delta2, (const uint64_t[]){v->max, v->max}, 2, why);
    case HUB_CIRCUIT_SUMVEC:
        return product(delta2, (const uint64_t[]){v->length, v->max, v->max}, 3, why);
    case HUB_CIRCUIT_HISTOGRAM:
        if (v->length < 2)
            return hub_why(why, HUB_E_REFUSED,
                           "a histogram of one bucket tells only the number of reports: at least "
                           "2 buckets are wanted");
        *delta2 = 2;
        return HUB_OK;
    case HUB_CIRCUIT_MULTIHOT:
        *delta2 = v->length < 2 * (uint64_t)v->max_weight ? v->length : 2 * (uint64_t)v->max_weight;
        return HUB_OK;
    case HUB_N_CIRCUITS:
        break;
    }
    return HUB_E_ARGUMENT;
}

/* Moving c counts from one cell to another changes two cells by c. */
hub_status hub_sensitivity_resident(uint64_t *delta2, uint64_t c, uint32_t cells,
                                    struct hub_why *why)
{
    return product(delta2, (const uint64_t[]){c, c, cells > 1 ? 2 : 1}, 3, why);
}

uint32_t hub_windows_a_day(uint32_t window_s)
{
    return window_s == 0 || window_s >= DAY_S ? 1 : DAY_S / window_s;
}

uint32_t hub_charged_windows(enum hub_privacy_unit unit, uint32_t window_s, uint32_t active_windows)
{
    const uint32_t all = hub_windows_a_day(window_s);

    if (unit == HUB_UNIT_VISIT)
        return 1;
    return active_windows > all / 2 ? all : 2 * active_windows;
}

hub_status hub_calibrate_sigma2(uint64_t *sigma2, uint64_t w, uint64_t delta2, uint64_t rho_day)
{
    uint64_t value;

    HUB_TRY(divide_up(&value, w, delta2, rho_day));
    if (value > HUB_SIGMA2_MAX)
        return HUB_E_REFUSED;
    *sigma2 = value;
    return HUB_OK;
}

hub_status hub_charge(uint64_t *rho, uint64_t w, uint64_t delta2, uint64_t sigma2)
{
    return divide_up(rho, w, delta2, sigma2);
}

static bool has_field128(enum hub_circuit circuit)
{
    return circuit != HUB_CIRCUIT_COUNT && circuit != HUB_CIRCUIT_SUM;
}

/* n_max max + 32 sigma < p/4, as (4 * 32)^2 sigma2 < (p - 4 n_max max)^2 with both sides positive.
 */
bool hub_wrap_is_safe(const struct hub_statement_vdaf *v, uint64_t n_max, uint64_t sigma2)
{
    const bool has_max = v->circuit == HUB_CIRCUIT_SUM || v->circuit == HUB_CIRCUIT_SUMVEC;
    mpz_t room;
    mpz_t total;
    mpz_t noise;

    mpz_init_set_str(room, has_field128(v->circuit) ? field128_modulus : field64_modulus, 10);
    mpz_init_set_ui(total, 4);
    mul_u64(total, n_max);
    mul_u64(total, has_max ? v->max : 1);
    mpz_sub(room, room, total);
    mpz_init_set_ui(noise, 16UL * SIGMAS_OF_ROOM * SIGMAS_OF_ROOM);
    mul_u64(noise, sigma2);
    bool is_safe = mpz_sgn(room) > 0;

    mpz_mul(room, room, room);
    is_safe = is_safe && mpz_cmp(noise, room) < 0;
    mpz_clear(room);
    mpz_clear(total);
    mpz_clear(noise);
    return is_safe;
}
