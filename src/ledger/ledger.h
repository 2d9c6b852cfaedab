/* The aggregator's own ledger (docs/privacy.md): append-only rows, each a line of canonical
 * JSON that names the hash of the line before it, so that a line can't be changed, dropped or put
 * in without breaking the chain. A row is written in the transaction that does what the row says.
 *
 * Canonical: keys in the order of their writing, no white space, integers in decimal, text in UTF-8
 * with only what JSON demands escaped, bytes in base64url without padding. A line holds no value,
 * no address and no count of rejected reports.
 *
 *     {"seq":1,"prev":"AAAA...","time":1735689600,"event":"admitted","task":"...", ...}
 *
 * The hash of a line is its SHA-256, without the line end. */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "base/bytes.h"
#include "db/db.h"

enum { HUB_LEDGER_HASH_LEN = 32, HUB_LEDGER_LINE_MAX = 4096, HUB_LEDGER_TEXT_MAX = 500 };

/* Where a chain ends: the number of rows and the hash of the last; zeroed is the empty chain. */
struct hub_ledger_head {
    uint64_t length;
    uint8_t hash[HUB_LEDGER_HASH_LEN];
};

/* The ledger's table, for the schema that it becomes a part of. */
extern const char hub_ledger_schema[];

/* Reads where the chain of this database ends. HUB_E_DB. */
HUB_MUST_USE hub_status hub_ledger_load_head(struct hub_ledger_head *out, struct hub_db *db);

/* ---- Rows: each appends to head's chain inside the transaction that is open on db, and moves
 * head. The caller puts the old head back if it rolls back. time: POSIX seconds of the injected
 * clock. */

struct hub_ledger_admitted {
    const uint8_t *task; /* 32 bytes, as below */
    const uint8_t *statement_hash;
    const char *name;
    const char *population;
    uint64_t charge;    /* of a day, in units of 2^-40 */
    uint64_t first_day; /* days since 1970-01-01, both inside */
    uint64_t days;
};
HUB_MUST_USE hub_status hub_ledger_admitted(struct hub_ledger_head *head, struct hub_db *db,
                                            uint64_t time, const struct hub_ledger_admitted *row);

struct hub_ledger_released {
    const uint8_t *task;
    uint64_t window_start; /* POSIX seconds */
    uint64_t window_seconds;
    uint64_t windows; /* m: released together, each with its own noise */
    uint64_t sigma2;
    uint64_t report_count;
    uint64_t charge; /* of this release, in units of 2^-40 */
};
HUB_MUST_USE hub_status hub_ledger_released(struct hub_ledger_head *head, struct hub_db *db,
                                            uint64_t time, const struct hub_ledger_released *row);

/* type: one of the refusals of statement/refusal.h or a problem type of the draft. detail: which
 * number failed, by how much, and what would pass; at most HUB_LEDGER_TEXT_MAX octets,
 * HUB_E_ARGUMENT beyond, or if it is not UTF-8. task may be NULL. */
HUB_MUST_USE hub_status hub_ledger_refused(struct hub_ledger_head *head, struct hub_db *db,
                                           uint64_t time, const uint8_t *task, const char *type,
                                           const char *detail);
HUB_MUST_USE hub_status hub_ledger_incident(struct hub_ledger_head *head, struct hub_db *db,
                                            uint64_t time, const uint8_t *task, const char *detail);
/* The database was found behind the head that was kept outside. */
HUB_MUST_USE hub_status hub_ledger_restored(struct hub_ledger_head *head, struct hub_db *db,
                                            uint64_t time, const struct hub_ledger_head *outside);
/* Every window of the task that began before this time was burnt, buckets of them open. */
HUB_MUST_USE hub_status hub_ledger_burnt(struct hub_ledger_head *head, struct hub_db *db,
                                         uint64_t time, const uint8_t *task, uint64_t buckets);

/* ---- Reading */

/* Whether the chain in db has the row that head names: a database that does is sound, also when it
 * is ahead of it; one that doesn't was rolled back. */
HUB_MUST_USE hub_status hub_ledger_holds(struct hub_db *db, const struct hub_ledger_head *head,
                                         bool *holds);
/* Each line in order, from row first (1 is the first), until line returns another status. */
typedef hub_status (*hub_ledger_line)(void *self, uint64_t seq, hub_span line);
HUB_MUST_USE hub_status hub_ledger_walk(struct hub_db *db, uint64_t first, hub_ledger_line line,
                                        void *self);
/* Appends the rows from first on as JSON Lines; at most out's limit, HUB_E_SPACE. */
HUB_MUST_USE hub_status hub_ledger_export(struct hub_buf *out, struct hub_db *db, uint64_t first);

/* Checks a chain line by line: begin with a zeroed head, feed every line, compare the end. The
 * line's seq, prev and canonical form must fit. HUB_E_VERIFY with the row's number in why. */
HUB_MUST_USE hub_status hub_ledger_check_line(struct hub_ledger_head *head, hub_span line,
                                              struct hub_why *why);
/* All lines of a database, and its own columns against them. */
HUB_MUST_USE hub_status hub_ledger_verify(struct hub_db *db, struct hub_ledger_head *end,
                                          struct hub_why *why);
/* All lines of an export; an empty text is an empty chain. */
HUB_MUST_USE hub_status hub_ledger_verify_text(hub_span text, struct hub_ledger_head *end,
                                               struct hub_why *why);

#endif
