/* Keyless checks over a batch. */
#include "aggregator/check.h"

#include "wire/extension.h"

bool hub_report_extensions_are_fine(hub_span list)
{
    return hub_extensions_faults(list, NULL, 0) == 0;
}

void hub_shares_check_interval(const struct hub_party_task *task, size_t n,
                               const struct hub_sealed_share *shares, uint8_t *verdict)
{
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_REPORT_OK)
            verdict[i] = (uint8_t)hub_task_check_interval(task->task, shares[i].time);
    }
}

void hub_shares_check_time(const struct hub_party_task *task, uint64_t now_s, size_t n,
                           const struct hub_sealed_share *shares, uint8_t *verdict)
{
    const uint64_t latest = (now_s + HUB_TASK_CLOCK_SKEW_S) / task->task->window_s;

    hub_shares_check_interval(task, n, shares, verdict);
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_REPORT_OK && shares[i].time > latest)
            verdict[i] = HUB_REPORT_TOO_EARLY;
    }
}

void hub_shares_check_extensions(size_t n, const struct hub_sealed_share *shares, uint8_t *verdict)
{
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_REPORT_OK &&
            !hub_report_extensions_are_fine(shares[i].public_extensions))
            verdict[i] = HUB_REPORT_INVALID_MESSAGE;
    }
}
