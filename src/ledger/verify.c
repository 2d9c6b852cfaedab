/* Reading the chain: lines in order, their export, and the check of each link. */
#include "ledger/ledger.h"

#include "crypto/hash.h"
#include "db/query.h"
#include "ledger/line_internal.h"

static const char select_lines[] = "SELECT seq, line, hash FROM ledger WHERE seq >= ? ORDER BY seq";

hub_status hub_ledger_walk(struct hub_db *db, uint64_t first, hub_ledger_line line, void *self)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_lines);

    hub_bind_u64(&q, first);
    while (hub_query_row(&q))
        HUB_TRY(line(self, hub_column_u64(&q, 0), hub_column_span(&q, 1)));
    return hub_query_finish(&q);
}

static hub_status export_line(void *self, uint64_t seq, hub_span line)
{
    (void)seq;
    HUB_TRY(hub_buf_append(self, line));
    return hub_buf_append(self, hub_span_text("\n"));
}

hub_status hub_ledger_export(struct hub_buf *out, struct hub_db *db, uint64_t first)
{
    return hub_ledger_walk(db, first, export_line, out);
}

hub_status hub_ledger_check_line(struct hub_ledger_head *head, hub_span line, struct hub_why *why)
{
    struct hub_ledger_head next = {.length = head->length + 1};

    if (hub_ledger_line_check(line, head) != HUB_OK)
        return hub_why(why, HUB_E_VERIFY, "row %llu does not continue the chain",
                       (unsigned long long)next.length);
    HUB_TRY(hub_sha256(next.hash, line));
    *head = next;
    return HUB_OK;
}

hub_status hub_ledger_verify(struct hub_db *db, struct hub_ledger_head *end, struct hub_why *why)
{
    HUB_CLEANUP(hub_query_end) struct hub_query q = hub_query(db, select_lines);
    struct hub_ledger_head head = {0};

    hub_bind_u64(&q, 0);
    while (hub_query_row(&q)) {
        HUB_TRY(hub_ledger_check_line(&head, hub_column_span(&q, 1), why));
        if (hub_column_u64(&q, 0) != head.length ||
            !hub_span_equal_var(hub_column_span(&q, 2), HUB_SPAN_ARRAY(head.hash)))
            return hub_why(why, HUB_E_VERIFY, "row %llu: number or hash beside the line differ",
                           (unsigned long long)head.length);
    }
    HUB_TRY(hub_query_finish(&q));
    *end = head;
    return HUB_OK;
}

hub_status hub_ledger_verify_text(hub_span text, struct hub_ledger_head *end, struct hub_why *why)
{
    struct hub_ledger_head head = {0};

    while (text.len != 0) {
        const uint8_t *const newline = memchr(text.ptr, '\n', text.len);
        if (newline == NULL)
            return hub_why(why, HUB_E_VERIFY, "row %llu has no line end",
                           (unsigned long long)head.length + 1);
        const size_t n = (size_t)(newline - text.ptr);
        HUB_TRY(hub_ledger_check_line(&head, hub_span_of(text.ptr, n), why));
        text = hub_span_slice(text, n + 1, text.len - n - 1);
    }
    *end = head;
    return HUB_OK;
}
