/* Extension lists (DAP-18 sections 4.2.2, 4.4.3, 4.5.1, 4.6.2): of tasks, reports, aggregation jobs
 * and collection jobs. All are type, length, data. A decoder refuses a list whose items do not fill
 * it; whether the types are known and in order is asked afterwards, because each message has its
 * own answer to that. */
#ifndef WIRE_EXTENSION_H
#define WIRE_EXTENSION_H

#include "base/bytes.h"
#include "base/reader.h"
#include "base/writer.h"

enum {
    HUB_TASK_EXTENSION_TASK_INTERVAL = 1,
    HUB_AGGREGATION_JOB_EXTENSION_BATCH_ID = 1 /* leader_selected_batch_id */
};

struct hub_extension {
    uint16_t type;
    hub_span data;
};

/* Takes the next one off a list that a decoder has accepted. False at its end. */
bool hub_extension_next(hub_span *list, struct hub_extension *out);
/* Finds a type in such a list; false if it is not there. */
bool hub_extension_find(hub_span list, uint16_t type, hub_span *data);

enum {
    HUB_EXTENSIONS_UNSUPPORTED = 1 << 0, /* a type that is not in known */
    HUB_EXTENSIONS_UNSORTED = 1 << 1     /* a type not greater than the one before it */
};
/* What is wrong with the list: 0, or an OR of the above. */
unsigned hub_extensions_faults(hub_span list, const uint16_t *known, size_t n_known);
/* True if some type stands in both lists (public and private extensions of a report). */
bool hub_extensions_share_type(hub_span a, hub_span b);
/* Up to max types of the list that are not in known, for the problem document's
 * unsupported_extensions; returns how many were written. */
size_t hub_extensions_unsupported(uint16_t *out, size_t max, hub_span list, const uint16_t *known,
                                  size_t n_known);

/* One item of a list, without the list's length. */
void hub_write_extension(struct hub_writer *w, const struct hub_extension *e);
/* Reads a list with its two-byte length; fails the reader if its items do not fill it. */
hub_span hub_read_extensions(struct hub_reader *r);

#endif
