/* The leader's collection jobs. */
#ifndef STORE_COLLECTION_H
#define STORE_COLLECTION_H

#include "store/store.h"

enum { HUB_STORE_COLLECTION_ID_LEN = 16, HUB_STORE_PROBLEM_MAX = 64, HUB_STORE_DETAIL_MAX = 383 };

enum hub_store_collection_state {
    HUB_STORE_COLLECTION_WAITING, /* jobs of its windows, or the helper's share, are outstanding */
    HUB_STORE_COLLECTION_DONE,
    HUB_STORE_COLLECTION_FAILED,
    HUB_STORE_COLLECTION_DELETED /* by the collector; the bytes are kept no longer */
};

struct hub_store_collection {
    uint64_t number; /* in this database, in the order of creation */
    uint64_t task;
    uint8_t id[HUB_STORE_COLLECTION_ID_LEN];
    uint8_t request_sha256[32];
    uint64_t first_window; /* both inside */
    uint64_t last_window;
    enum hub_store_collection_state state;
    char problem[HUB_STORE_PROBLEM_MAX + 1]; /* of the last failure: the problem type's name */
    char detail[HUB_STORE_DETAIL_MAX + 1];   /* and what was said with it */
};

/* Makes a collection job, or finds the one with the same request bytes: then *existed and that one
 * comes back. One that failed or was deleted waits again, with the id that it had, and *existed is
 * false. id is the caller's choice for a new one. request: the CollectionJobReq. The caller closes
 * the windows in the same unit. */
HUB_MUST_USE hub_status hub_store_collection_add(struct hub_store_tx *tx,
                                                 struct hub_store_collection *collection,
                                                 hub_span request, bool *existed);
/* By its id. HUB_E_NOT_FOUND. request and response may be NULL, or get the stored bytes appended.
 * HUB_E_IO while the ledger's head outside could not be written: nothing released leaves then. */
HUB_MUST_USE hub_status hub_store_collection_find(struct hub_store_view *view, uint64_t task,
                                                  const uint8_t id[HUB_STORE_COLLECTION_ID_LEN],
                                                  struct hub_store_collection *out,
                                                  struct hub_buf *request,
                                                  struct hub_buf *response);
/* Collections of all tasks that wait and that nobody works on, oldest first, after the number
 * given; n as in jobs_open. For the start, and on a shared database again and again: those of
 * processes that are gone. */
HUB_MUST_USE hub_status hub_store_collections_waiting(struct hub_store_view *view, uint64_t after,
                                                      struct hub_store_collection *out, size_t *n);
/* Makes it this process's. HUB_E_NOT_FOUND: another one has it, or it has ended. */
HUB_MUST_USE hub_status hub_store_collection_adopt(struct hub_store_tx *tx, uint64_t number);
/* The end with a CollectionJobResp, in the unit of hub_store_buckets_collect. HUB_E_CONFLICT if it
 * waits no longer. */
HUB_MUST_USE hub_status hub_store_collection_finish(struct hub_store_tx *tx, uint64_t number,
                                                    hub_span response);
/* The end with a problem; detail may be NULL and is cut. The same request may be made again
 * afterwards (DAP: "the Collector MAY retry it later"); a batch that is too small fills on.
 * *is_news: this is not the problem with which the request failed last, and the task has fewer than
 * HUB_STORE_FAILURES_TOLD requests that failed; only then is it worth a row in the ledger, which a
 * collector could fill otherwise. */
enum { HUB_STORE_FAILURES_TOLD = 1000 };
HUB_MUST_USE hub_status hub_store_collection_fail(struct hub_store_tx *tx, uint64_t number,
                                                  const char *problem, const char *detail,
                                                  bool *is_news);
/* DELETE: the bytes go, the windows stay as they are; a batch that waits is what the next request
 * gets, since the helper may have released it. HUB_E_NOT_FOUND. */
HUB_MUST_USE hub_status hub_store_collection_delete(struct hub_store_tx *tx, uint64_t task,
                                                    const uint8_t id[HUB_STORE_COLLECTION_ID_LEN]);

#endif
