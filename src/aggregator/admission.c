/* Both aggregators decide on their own, from the statement alone and from what they have admitted
 * before. */
#include "aggregator/admission.h"

#include "aggregator/home.h"
#include "statement/admission.h"
#include "statement/calibration.h"
#include "statement/refusal.h"
#include "store/home.h"
#include "store/task.h"

#include <stdio.h>
#include <stdlib.h>

enum { DAY_S = 86400 };

#define ENDLESS_S ((uint64_t)1 << 40) /* a plain task may have no end */

/* What was admitted before in the candidate's population, itself left out. */
struct admitted {
    const struct hub_statement *candidate;
    const uint8_t *id;
    struct hub_commitment *list;
    size_t n;
};

static hub_status add_admitted(void *self, const struct hub_store_task *t)
{
    struct admitted *a = self;

    if (t->charge == 0 || memcmp(t->id, a->id, HUB_TASK_ID_LEN) == 0)
        return HUB_OK;
    struct hub_commitment *list = realloc(a->list, (a->n + 1) * sizeof(*list));
    if (list == NULL)
        return HUB_E_MEMORY;
    a->list = list;
    struct hub_commitment *c = &list[a->n++];
    *c = (struct hub_commitment){
        /* A population has one profile, so that of its other tasks is the candidate's unless one of
         * them is loaded too; then loading refused it. */
        .profile = a->candidate->profile,
        .first_day = (uint32_t)(t->first_s / DAY_S),
        .last_day = (uint32_t)((t->end_s - 1) / DAY_S),
        .window_days = t->window_s <= DAY_S ? 1 : (uint32_t)(t->window_s / DAY_S),
        .rho_day = t->charge,
    };
    (void)snprintf(c->name, sizeof(c->name), "%s", t->name);
    (void)snprintf(c->population, sizeof(c->population), "%s", t->population);
    return HUB_OK;
}

/* In the unit that admits, so that nobody else admits between the sum and the row. */
static hub_status check_budget(struct hub_store_tx *tx, const struct hub_task *task,
                               struct hub_why *why)
{
    struct admitted a = {.candidate = &task->statement, .id = task->id.bytes};

    HUB_TRY(hub_store_tasks_lock(tx));
    hub_status status =
        hub_store_tasks(hub_store_tx_view(tx), task->statement.population, add_admitted, &a);
    if (status == HUB_OK)
        status = hub_admission_check(&task->statement, a.list, a.n, why);
    free(a.list);
    return status;
}

static hub_status check_profile(struct hub_party *party, const struct hub_task *task,
                                struct hub_why *why)
{
    const struct hub_party_task *other;

    for (size_t i = 0; (other = hub_party_task_at(party, i)) != NULL; i++) {
        const struct hub_statement *s = &other->task->statement;
        if (other->task->has_statement && strcmp(s->population, task->statement.population) == 0 &&
            s->profile != task->statement.profile)
            return hub_why(why, HUB_E_REFUSED,
                           "dpStatementMismatch: population %s has profile %s (task %s), not %s",
                           s->population, hub_profile_name(s->profile), s->name,
                           hub_profile_name(task->statement.profile));
    }
    return HUB_OK;
}

/* All but the budget. */
static hub_status check_task(struct hub_party *party, const struct hub_party_task *t,
                             struct hub_why *why)
{
    const struct hub_task *task = t->task;

    if (!task->has_statement)
        return party->allow_plain
                   ? HUB_OK
                   : hub_why(why, HUB_E_REFUSED, "a task without a privacy statement is not run");
    if (task->statement.clock == HUB_STATEMENT_CLOCK_DEMO && !party->clock_is_demo)
        return hub_why(why, HUB_E_REFUSED,
                       "%s: a task on the demonstration's clock is not run here", task->name);
    if (task->batch_mode != HUB_BATCH_TIME_INTERVAL)
        return hub_why(why, HUB_E_REFUSED, "%s: only time-interval tasks are run", task->name);
    if (task->verification_key_id != t->secret.verification_key_id)
        return hub_why(why, HUB_E_REFUSED, "%s: the secret file has another verification key id",
                       task->name);
    HUB_TRY(hub_statement_check(&task->statement, NULL, why));
    return check_profile(party, task, why);
}

struct admit_unit {
    struct hub_unit unit;
    const struct hub_task *task;
    struct hub_store_task row;
    struct hub_why *why;
};

/* Another database of this aggregator has the population, and with it the sum of its budget. */
static hub_status check_home(struct hub_store_tx *tx, const struct hub_task *task,
                             struct hub_why *why)
{
    char name[HUB_STORE_NAME_MAX + 1];

    HUB_TRY(hub_store_tasks_lock(tx));
    const hub_status status =
        hub_store_home_find(hub_store_tx_view(tx), name, task->statement.population);
    if (status == HUB_OK)
        return hub_home_refuse(task, name, why);
    return status == HUB_E_NOT_FOUND ? HUB_OK : status;
}

static hub_status admit_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct admit_unit *u = (struct admit_unit *)unit;

    if (u->task->has_statement) {
        HUB_TRY(check_home(tx, u->task, u->why));
        HUB_TRY(check_budget(tx, u->task, u->why));
    }
    return hub_store_task_admit(tx, &u->row, hub_buf_span(&u->task->configuration));
}

struct refuse_unit {
    struct hub_unit unit;
    const uint8_t *task_id;
    enum hub_refusal refusal;
    const char *reason;
};

static hub_status refuse_apply(struct hub_unit *unit, struct hub_store_tx *tx)
{
    struct refuse_unit *u = (struct refuse_unit *)unit;

    return hub_store_refused(tx, u->task_id, hub_refusal_name(u->refusal), u->reason);
}

/* A refusal is in the ledger. */
static hub_status refuse(struct hub_party *party, const struct hub_party_task *t,
                         enum hub_refusal refusal, const struct hub_why *reason,
                         struct hub_why *why)
{
    struct refuse_unit u = {.unit = {.apply = refuse_apply},
                            .task_id = t->task->id.bytes,
                            .refusal = refusal,
                            .reason = reason->text};

    if (t->task->has_statement && hub_store_run(party->store, &u.unit) != HUB_OK)
        hub_log(party->log, HUB_LOG_ERROR, "ledger.failed", "task=%s row=refusal", t->label);
    return hub_why(why, HUB_E_REFUSED, "%s", reason->text);
}

static struct hub_store_task row_of(const struct hub_party_task *t)
{
    const struct hub_task *task = t->task;
    struct hub_store_task row = {
        .role = (uint8_t)t->role,
        .window_s = task->window_s,
        .first_s = task->first_s,
        .end_s = task->has_interval ? task->end_s : ENDLESS_S,
        .is_leader_selected = hub_task_is_leader_selected(task),
    };

    memcpy(row.id, task->id.bytes, sizeof(row.id));
    (void)snprintf(row.name, sizeof(row.name), "%s", task->name);
    if (task->has_statement) {
        memcpy(row.statement_hash, task->statement_hash, sizeof(row.statement_hash));
        (void)snprintf(row.population, sizeof(row.population), "%s", task->statement.population);
        row.charge = task->statement.rho_day;
        row.sigma2 = task->statement.sigma2;
    }
    return row;
}

hub_status hub_task_admit(struct hub_party *party, struct hub_party_task *t, struct hub_why *why)
{
    struct hub_why reason = {0};
    const struct hub_task *task = t->task;

    hub_status status = check_task(party, t, &reason);
    if (status == HUB_E_REFUSED)
        return refuse(party, t, HUB_REFUSAL_STATEMENT_MISMATCH, &reason, why);
    if (status != HUB_OK)
        return hub_why(why, status, "%s", reason.text);
    struct admit_unit u = {
        .unit = {.apply = admit_apply}, .task = task, .row = row_of(t), .why = &reason};
    status = hub_store_run(party->store, &u.unit);
    if (status == HUB_E_REFUSED)
        return refuse(party, t, HUB_REFUSAL_BUDGET_DAY, &reason, why);
    if (status == HUB_E_CONFIG)
        return hub_why(why, status, "%s", reason.text);
    if (status == HUB_E_CONFLICT)
        return hub_why(why, status, "%s: the database has this task in another role or statement",
                       task->name);
    if (status != HUB_OK)
        return hub_why(why, status, "%s: %s", task->name, hub_status_text(status));
    t->number = u.row.number;
    return HUB_OK;
}
