/* From sensitivity to noise and from noise to cost, in integers. rho is an integer count of 2^-40
 * everywhere. */
#ifndef STATEMENT_CALIBRATION_H
#define STATEMENT_CALIBRATION_H

#include "statement/statement.h"

#define HUB_RHO_ONE ((uint64_t)1 << 40)
/* More noise than this is no task, and beyond the sampler. */
#define HUB_SIGMA2_MAX ((uint64_t)1 << 62)

/* Squared L2 sensitivity of one window under substitution: a report's whole range, or a resident's
 * share of a tally. HUB_E_REFUSED with the reason. */
HUB_MUST_USE hub_status hub_sensitivity_report(uint64_t *delta2, const struct hub_statement_vdaf *v,
                                               struct hub_why *why);
HUB_MUST_USE hub_status hub_sensitivity_resident(uint64_t *delta2, uint64_t c, uint32_t cells,
                                                 struct hub_why *why);
/* Windows of a day: max(1, 86400 / window). */
uint32_t hub_windows_a_day(uint32_t window_s);
/* w, how many windows of a day one unit may move: 1 for a visit; else twice the active ones, since
 * another story of the day may have its own, and at most all. */
uint32_t hub_charged_windows(enum hub_privacy_unit unit, uint32_t window_s,
                             uint32_t active_windows);
/* sigma2 = ceil(w delta2 / (2 rho)). HUB_E_REFUSED beyond HUB_SIGMA2_MAX or for rho 0. */
HUB_MUST_USE hub_status hub_calibrate_sigma2(uint64_t *sigma2, uint64_t w, uint64_t delta2,
                                             uint64_t rho_day);
/* charge = ceil(w delta2 2^40 / (2 sigma2)). HUB_E_REFUSED beyond 64 bits or for sigma2 0. */
HUB_MUST_USE hub_status hub_charge(uint64_t *rho, uint64_t w, uint64_t delta2, uint64_t sigma2);
/* Whether n_max reports and 32 standard deviations stay below a quarter of the field. */
bool hub_wrap_is_safe(const struct hub_statement_vdaf *v, uint64_t n_max, uint64_t sigma2);

#endif
