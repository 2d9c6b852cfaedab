/* The office's site: overview, measures, register, downloads. Reads the series database and the
 * optional files of a demonstration; answers requests that the program's HTTP server hands in.
 *
 * Configuration of `hubbub office --config F` (.ini):
 *
 *   [office]
 *   listen = 127.0.0.1:8080
 *   series = /var/lib/hubbub/series.db
 *   title = Statistics office          shown in the head of every page
 *   story = .../story.ini              demonstrations only
 *   truth = .../truth.csv              demonstrations only
 */
#ifndef PAGE_OFFICE_H
#define PAGE_OFFICE_H

#include "base/bytes.h"
#include "base/clock.h"

struct hub_office_config {
    const char *series; /* path */
    const char *title;
    const char *story; /* path, "" without one */
    const char *truth; /* path, "" without one */
};

/* One worker's view: its own connection and memory. Used by one thread at a time. */
struct hub_office;

HUB_MUST_USE hub_status hub_office_new(struct hub_office **out,
                                       const struct hub_office_config *config,
                                       const struct hub_clock *clock, struct hub_why *why);
void hub_office_free(struct hub_office *o); /* takes NULL */

struct hub_office_answer {
    unsigned status;          /* HTTP */
    const char *content_type; /* static */
    const char *file_name;    /* for a download, in the office's memory; NULL otherwise */
    const char *etag;         /* quoted; NULL without one */
    const char *encoding;     /* "gzip" for assets that are kept so; NULL otherwise */
    bool is_asset;            /* may be cached for long: its address holds its hash */
    struct hub_buf body;
};

/* path and query as in the request line, still percent-encoded, query without its "?". Always
 * fills the answer, with an error page where nothing better is there; only HUB_E_MEMORY fails. */
HUB_MUST_USE hub_status hub_office_answer(struct hub_office *o, struct hub_office_answer *answer,
                                          hub_span path, hub_span query);
void hub_office_answer_clear(struct hub_office_answer *answer);

#endif
