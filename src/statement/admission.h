/* Admission: a task states its whole cost beforehand and is let in only if, on every day, the sum
 * over the tasks of its population stays within the cap of the profile. Both aggregators decide on
 * their own; nothing about data enters. */
#ifndef STATEMENT_ADMISSION_H
#define STATEMENT_ADMISSION_H

#include "statement/statement.h"

/* What an admitted task spends: its charge on each day on which a window of it closes. */
struct hub_commitment {
    char name[HUB_STATEMENT_NAME_MAX + 1];
    char population[HUB_STATEMENT_NAME_MAX + 1];
    enum hub_profile profile;
    uint32_t first_day;   /* days since 1970-01-01; both inside */
    uint32_t last_day;    /* earlier than stated if the task was ended */
    uint32_t window_days; /* 1, or the days of a longer window: charged on its last day */
    uint64_t rho_day;     /* units of 2^-40 */
};

void hub_commitment_init(struct hub_commitment *out, const struct hub_statement *s);
/* The cap of a day in units of 2^-40: 2^-11, 2^-9, 2^-7. */
uint64_t hub_profile_cap(enum hub_profile profile);
/* What the population has spent on one day. Sums saturate. */
uint64_t hub_population_charge(const struct hub_commitment *admitted, size_t n,
                               const char *population, uint32_t day);
/* HUB_E_REFUSED: a day's sum would pass the cap, or the population has another profile; why says
 * which day, by how much, and what would pass. Tasks of other populations in the list are skipped;
 * a task of the same name there is HUB_E_CONFLICT. */
HUB_MUST_USE hub_status hub_admission_check(const struct hub_statement *candidate,
                                            const struct hub_commitment *admitted, size_t n,
                                            struct hub_why *why);

#endif
