/* The rows of the ledger: what each says, and how it joins the chain. */
#include "ledger/ledger.h"

#include "crypto/hash.h"
#include "db/query.h"
#include "ledger/line_internal.h"

const char hub_ledger_schema[] = "CREATE TABLE ledger ("
                                 " seq INTEGER PRIMARY KEY," /* from 1, without gaps */
                                 " hash BLOB NOT NULL,"      /* SHA-256 of line */
                                 " line TEXT NOT NULL)";

static const char insert_row[] = "INSERT INTO ledger (seq, hash, line) VALUES (?, ?, ?)";
static const char select_last[] = "SELECT seq, hash FROM ledger ORDER BY seq DESC LIMIT 1";
static const char select_hash[] = "SELECT hash FROM ledger WHERE seq = ?";

hub_status hub_ledger_load_head(struct hub_ledger_head *out, struct hub_db *db)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_last);
    struct hub_ledger_head head = {0};

    const hub_status status = hub_query_first(&q);
    if (status != HUB_OK && status != HUB_E_NOT_FOUND)
        return status;
    if (status == HUB_OK) {
        head.length = hub_column_u64(&q, 0);
        HUB_TRY(hub_column_exact(&q, 1, head.hash, sizeof(head.hash)));
    }
    *out = head;
    return HUB_OK;
}

hub_status hub_ledger_holds(struct hub_db *db, const struct hub_ledger_head *head, bool *holds)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_hash);

    if (head->length == 0) { /* every chain begins with the empty one */
        *holds = true;
        return HUB_OK;
    }
    hub_bind_u64(&q, head->length);
    const hub_status status = hub_query_first(&q);
    if (status == HUB_E_NOT_FOUND) {
        *holds = false;
        return HUB_OK;
    }
    HUB_TRY(status);
    *holds = hub_span_equal_var(hub_column_span(&q, 0), HUB_SPAN_ARRAY(head->hash));
    return HUB_OK;
}

static hub_status append(struct hub_ledger_head *head, struct hub_db *db,
                         struct hub_ledger_writer *w)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, insert_row);
    struct hub_ledger_head next = {.length = head->length + 1};

    HUB_TRY(hub_ledger_line_end(w));
    HUB_TRY(hub_sha256(next.hash, hub_span_of(w->text, w->len)));
    w->text[w->len] = '\0';
    hub_bind_u64(&q, next.length);
    hub_bind_span(&q, HUB_SPAN_ARRAY(next.hash));
    hub_bind_text(&q, w->text);
    HUB_TRY(hub_query_run(&q));
    *head = next;
    return HUB_OK;
}

hub_status hub_ledger_admitted(struct hub_ledger_head *head, struct hub_db *db, uint64_t time,
                               const struct hub_ledger_admitted *row)
{
    struct hub_ledger_writer w;
    hub_ledger_line_begin(&w, head, time, "admitted");
    hub_ledger_line_bytes(&w, "task", hub_span_of(row->task, 32));
    hub_ledger_line_bytes(&w, "statement", hub_span_of(row->statement_hash, 32));
    hub_ledger_line_text(&w, "name", row->name);
    hub_ledger_line_text(&w, "population", row->population);
    hub_ledger_line_number(&w, "charge", row->charge);
    hub_ledger_line_number(&w, "first_day", row->first_day);
    hub_ledger_line_number(&w, "days", row->days);
    return append(head, db, &w);
}

hub_status hub_ledger_released(struct hub_ledger_head *head, struct hub_db *db, uint64_t time,
                               const struct hub_ledger_released *row)
{
    struct hub_ledger_writer w;
    hub_ledger_line_begin(&w, head, time, "released");
    hub_ledger_line_bytes(&w, "task", hub_span_of(row->task, 32));
    hub_ledger_line_number(&w, "window", row->window_start);
    hub_ledger_line_number(&w, "window_seconds", row->window_seconds);
    hub_ledger_line_number(&w, "m", row->windows);
    hub_ledger_line_number(&w, "sigma2", row->sigma2);
    hub_ledger_line_number(&w, "report_count", row->report_count);
    hub_ledger_line_number(&w, "charge", row->charge);
    return append(head, db, &w);
}

static void put_task(struct hub_ledger_writer *w, const uint8_t *task)
{
    if (task != NULL)
        hub_ledger_line_bytes(w, "task", hub_span_of(task, 32));
}

hub_status hub_ledger_refused(struct hub_ledger_head *head, struct hub_db *db, uint64_t time,
                              const uint8_t *task, const char *type, const char *detail)
{
    struct hub_ledger_writer w;
    hub_ledger_line_begin(&w, head, time, "refused");
    put_task(&w, task);
    hub_ledger_line_text(&w, "type", type);
    hub_ledger_line_text(&w, "detail", detail);
    return append(head, db, &w);
}

hub_status hub_ledger_incident(struct hub_ledger_head *head, struct hub_db *db, uint64_t time,
                               const uint8_t *task, const char *detail)
{
    struct hub_ledger_writer w;
    hub_ledger_line_begin(&w, head, time, "incident");
    put_task(&w, task);
    hub_ledger_line_text(&w, "detail", detail);
    return append(head, db, &w);
}

hub_status hub_ledger_restored(struct hub_ledger_head *head, struct hub_db *db, uint64_t time,
                               const struct hub_ledger_head *outside)
{
    struct hub_ledger_writer w;
    hub_ledger_line_begin(&w, head, time, "restored");
    hub_ledger_line_number(&w, "outside_seq", outside->length);
    hub_ledger_line_bytes(&w, "outside_hash", HUB_SPAN_ARRAY(outside->hash));
    return append(head, db, &w);
}

hub_status hub_ledger_burnt(struct hub_ledger_head *head, struct hub_db *db, uint64_t time,
                            const uint8_t *task, uint64_t buckets)
{
    struct hub_ledger_writer w;
    hub_ledger_line_begin(&w, head, time, "burnt");
    hub_ledger_line_bytes(&w, "task", hub_span_of(task, 32));
    hub_ledger_line_number(&w, "buckets", buckets);
    return append(head, db, &w);
}
