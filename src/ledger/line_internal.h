/* One line of the ledger: written key by key, and read back strictly. */
#ifndef LEDGER_LINE_INTERNAL_H
#define LEDGER_LINE_INTERNAL_H

#include "ledger/ledger.h"

/* Sticky; the line is complete after hub_ledger_line_end. */
struct hub_ledger_writer {
    char text[HUB_LEDGER_LINE_MAX + 1]; /* room for a final NUL */
    size_t len;
    hub_status status;
};

/* Begins the row that follows head. */
void hub_ledger_line_begin(struct hub_ledger_writer *w, const struct hub_ledger_head *head,
                           uint64_t time, const char *event);
void hub_ledger_line_number(struct hub_ledger_writer *w, const char *key, uint64_t value);
/* HUB_E_ARGUMENT if it is no UTF-8 or longer than HUB_LEDGER_TEXT_MAX octets. */
void hub_ledger_line_text(struct hub_ledger_writer *w, const char *key, const char *value);
void hub_ledger_line_bytes(struct hub_ledger_writer *w, const char *key, hub_span value);
HUB_MUST_USE hub_status hub_ledger_line_end(struct hub_ledger_writer *w);

/* Whether a line is the canonical row that follows head: {"seq":N,"prev":"...","time":N,
 * "event":"...", then pairs of text keys and numbers or texts. HUB_E_VERIFY. */
HUB_MUST_USE hub_status hub_ledger_line_check(hub_span line, const struct hub_ledger_head *head);

#endif
