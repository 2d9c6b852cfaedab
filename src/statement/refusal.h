/* The refusals of the privacy rules, by the names under which they go out in problem documents and
 * into the ledger. Where DAP has a type for the refusal, that type is used instead. */
#ifndef STATEMENT_REFUSAL_H
#define STATEMENT_REFUSAL_H

#include "statement/statement.h"

enum hub_refusal {
    HUB_REFUSAL_NONE,
    HUB_REFUSAL_BUDGET_DAY,
    HUB_REFUSAL_BUDGET_YEAR,
    HUB_REFUSAL_SIGMA_TOO_SMALL,
    HUB_REFUSAL_STATEMENT_MISMATCH,
    HUB_REFUSAL_NO_END_DATE,
    HUB_REFUSAL_UNIT_UNBOUNDED,
    HUB_REFUSAL_HISTOGRAM_LENGTH,
    HUB_REFUSAL_FIELD_TOO_SMALL,
    HUB_REFUSAL_FREE_TEXT,
    HUB_REFUSAL_LEDGER_UNAVAILABLE, /* 503 */
    HUB_REFUSAL_RANDOMNESS,         /* 503 */
    HUB_REFUSAL_RESTORE_GUARD,      /* 503 */
    HUB_N_REFUSALS
};

/* "dpBudgetDay", ...; never NULL. */
const char *hub_refusal_name(enum hub_refusal refusal);
/* 400, or 503 where waiting helps. */
unsigned hub_refusal_http_status(enum hub_refusal refusal);
/* The refusal for a statement that hub_statement_check holds against this key. */
enum hub_refusal hub_refusal_of_key(enum hub_statement_key key);

#endif
