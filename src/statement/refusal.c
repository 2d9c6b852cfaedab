/* Names of refusals, and which line of a statement leads to which. */
#include "statement/refusal.h"

static const char *const names[HUB_N_REFUSALS] = {
    [HUB_REFUSAL_NONE] = "none",
    [HUB_REFUSAL_BUDGET_DAY] = "dpBudgetDay",
    [HUB_REFUSAL_BUDGET_YEAR] = "dpBudgetYear",
    [HUB_REFUSAL_SIGMA_TOO_SMALL] = "dpSigmaTooSmall",
    [HUB_REFUSAL_STATEMENT_MISMATCH] = "dpStatementMismatch",
    [HUB_REFUSAL_NO_END_DATE] = "dpNoEndDate",
    [HUB_REFUSAL_UNIT_UNBOUNDED] = "dpUnitUnbounded",
    [HUB_REFUSAL_HISTOGRAM_LENGTH] = "dpHistogramLength",
    [HUB_REFUSAL_FIELD_TOO_SMALL] = "dpFieldTooSmall",
    [HUB_REFUSAL_FREE_TEXT] = "dpFreeText",
    [HUB_REFUSAL_LEDGER_UNAVAILABLE] = "dpLedgerUnavailable",
    [HUB_REFUSAL_RANDOMNESS] = "dpRandomness",
    [HUB_REFUSAL_RESTORE_GUARD] = "dpRestoreGuard",
};

const char *hub_refusal_name(enum hub_refusal refusal)
{
    return (unsigned)refusal < HUB_N_REFUSALS ? names[refusal] : "none";
}

unsigned hub_refusal_http_status(enum hub_refusal refusal)
{
    return refusal == HUB_REFUSAL_LEDGER_UNAVAILABLE || refusal == HUB_REFUSAL_RANDOMNESS ||
                   refusal == HUB_REFUSAL_RESTORE_GUARD
               ? 503
               : 400;
}

enum hub_refusal hub_refusal_of_key(enum hub_statement_key key)
{
    if (key == HUB_KEY_SIGMA2)
        return HUB_REFUSAL_SIGMA_TOO_SMALL;
    if (key == HUB_KEY_VDAF)
        return HUB_REFUSAL_HISTOGRAM_LENGTH;
    if (key == HUB_KEY_N_MAX)
        return HUB_REFUSAL_FIELD_TOO_SMALL;
    if (key == HUB_KEY_LAST_DAY)
        return HUB_REFUSAL_NO_END_DATE;
    if (key == HUB_KEY_SENSITIVITY || key == HUB_KEY_ACTIVE_WINDOWS)
        return HUB_REFUSAL_UNIT_UNBOUNDED;
    return HUB_REFUSAL_STATEMENT_MISMATCH;
}
