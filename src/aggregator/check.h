/* Rules for a report share that need no key (DAP-18, "Input Share Validation"): times and
 * extensions. A bad report gets a verdict; its neighbours go on. */
#ifndef AGGREGATOR_CHECK_H
#define AGGREGATOR_CHECK_H

#include "aggregator/open.h"

/* A list in which hubbub knows every type, in order: no report extension is defined, so only the
 * empty list is that. */
bool hub_report_extensions_are_fine(hub_span list);
/* The task's interval. For the leader, which judged the future and the grace at receipt, and judges
 * them nowhere later: what it acknowledged stays good when its clock is set back. */
void hub_shares_check_interval(const struct hub_party_task *task, size_t n,
                               const struct hub_sealed_share *shares, uint8_t *verdict);
/* The task's interval, and not more than the clock skew ahead. For the helper, which has not seen
 * the report before. Grace is not asked. Neither is run again when a job is repeated. */
void hub_shares_check_time(const struct hub_party_task *task, uint64_t now_s, size_t n,
                           const struct hub_sealed_share *shares, uint8_t *verdict);
void hub_shares_check_extensions(size_t n, const struct hub_sealed_share *shares, uint8_t *verdict);

#endif
