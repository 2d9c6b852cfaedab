/* The label file of a task: UTF-8 in NFC, one label a line in the order of the cells. */
#ifndef STATEMENT_LABEL_H
#define STATEMENT_LABEL_H

#include "statement/statement.h"

/* labels: n_cells views into text, written only on success. HUB_E_DECODE names the line;
 * HUB_E_REFUSED: the number of lines is not n_cells. */
HUB_MUST_USE hub_status hub_labels_parse(hub_span *labels, uint32_t n_cells, hub_span text,
                                         struct hub_why *why);
/* Whether the file is the one that the statement names. HUB_E_REFUSED, also where the statement
 * has none. */
HUB_MUST_USE hub_status hub_labels_check(const struct hub_statement *s, hub_span text,
                                         struct hub_why *why);

#endif
