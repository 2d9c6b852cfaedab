/* The sum of every day against the cap of the profile. If no day passes the cap, no 366 days pass
 * 366 of it, so there is no second check for the year. */
#include "statement/admission.h"

#include "statement/calibration.h"
#include "statement/date.h"

#include <inttypes.h>
#include <string.h>

enum { DAY_S = 86400 };

void hub_commitment_init(struct hub_commitment *out, const struct hub_statement *s)
{
    *out = (struct hub_commitment){
        .profile = s->profile,
        .first_day = s->first_day,
        .last_day = s->last_day,
        .window_days = s->window_s > DAY_S ? s->window_s / DAY_S : 1,
        .rho_day = s->rho_day,
    };
    memcpy(out->name, s->name, sizeof(out->name));
    memcpy(out->population, s->population, sizeof(out->population));
}

uint64_t hub_profile_cap(enum hub_profile profile)
{
    static const uint64_t parts[HUB_N_PROFILES] = {
        [HUB_PROFILE_STRICT] = 2048, [HUB_PROFILE_STANDARD] = 512, [HUB_PROFILE_WIDE] = 128};

    return (unsigned)profile < HUB_N_PROFILES ? HUB_RHO_ONE / parts[profile] : 0;
}

/* Whether a window of the task closes on the day. */
static bool charges_on(const struct hub_commitment *c, uint32_t day)
{
    return day >= c->first_day && day <= c->last_day &&
           (day - c->first_day + 1) % c->window_days == 0;
}

uint64_t hub_population_charge(const struct hub_commitment *admitted, size_t n,
                               const char *population, uint32_t day)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++) {
        if (charges_on(&admitted[i], day) && strcmp(admitted[i].population, population) == 0 &&
            __builtin_add_overflow(sum, admitted[i].rho_day, &sum))
            return UINT64_MAX;
    }
    return sum;
}

static hub_status check_neighbours(const struct hub_statement *s,
                                   const struct hub_commitment *admitted, size_t n,
                                   struct hub_why *why)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(admitted[i].name, s->name) == 0)
            return hub_why(why, HUB_E_CONFLICT, "a task '%s' has been admitted already", s->name);
        if (strcmp(admitted[i].population, s->population) == 0 && admitted[i].profile != s->profile)
            return hub_why(
                why, HUB_E_REFUSED, "population '%s' has the profile '%s', the statement says '%s'",
                s->population, hub_profile_name(admitted[i].profile), hub_profile_name(s->profile));
    }
    return HUB_OK;
}

hub_status hub_admission_check(const struct hub_statement *candidate,
                               const struct hub_commitment *admitted, size_t n, struct hub_why *why)
{
    const uint64_t cap = hub_profile_cap(candidate->profile);
    struct hub_commitment own;
    uint64_t spent_most = 0;
    uint32_t worst_day = candidate->first_day;

    HUB_TRY(check_neighbours(candidate, admitted, n, why));
    hub_commitment_init(&own, candidate);
    for (uint32_t day = own.first_day; day <= own.last_day; day++) {
        const uint64_t spent = hub_population_charge(admitted, n, own.population, day);

        if (charges_on(&own, day) && spent > spent_most) {
            spent_most = spent;
            worst_day = day;
        }
    }
    const uint64_t left = spent_most < cap ? cap - spent_most : 0;

    if (own.rho_day <= left)
        return HUB_OK;
    char date[HUB_DATE_LEN + 1];

    hub_date_format(date, worst_day);
    return hub_why(why, HUB_E_REFUSED,
                   "on %s population '%s' has spent %" PRIu64 " of its %" PRIu64
                   " (profile '%s', units of 2^-40); this task wants %" PRIu64 ", which is %" PRIu64
                   " too much; at most %" PRIu64 " would pass",
                   date, own.population, spent_most, cap, hub_profile_name(own.profile),
                   own.rho_day, own.rho_day - left, left);
}
