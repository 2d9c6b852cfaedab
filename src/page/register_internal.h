/* One entry of the register and the parts of its page. */
#ifndef PAGE_REGISTER_INTERNAL_H
#define PAGE_REGISTER_INTERNAL_H

#include "page/office_internal.h"
#include "statement/statement.h"

struct hub_entry {
    const struct hub_measure *measure;
    const struct hub_series_task *task;
    const struct hub_zone *zone;
    bool is_readable; /* statement is the parsed text */
    struct hub_statement statement;
};

HUB_MUST_USE hub_status hub_entry_load(struct hub_office *o, struct hub_entry *out,
                                       const struct hub_measure *m,
                                       const struct hub_series_task *t);
/* Also gives all measures, for the budget that the entry shares. HUB_E_NOT_FOUND. */
HUB_MUST_USE hub_status hub_entry_find(struct hub_office *o, struct hub_entry *out,
                                       const char *task, struct hub_measure **measures, size_t *n);

void hub_entry_write_what(struct hub_html *h, const struct hub_entry *e);
void hub_entry_write_promise(struct hub_html *h, const struct hub_entry *e);
void hub_entry_write_operators(struct hub_html *h, const struct hub_entry *e);
HUB_MUST_USE hub_status hub_entry_write_noise(struct hub_office *o, struct hub_html *h,
                                              const struct hub_entry *e);
void hub_entry_write_numbers(struct hub_html *h, const struct hub_entry *e);

#endif
