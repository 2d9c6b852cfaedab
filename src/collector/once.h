/* A single collection, from question to totals. */
#ifndef COLLECTOR_ONCE_H
#define COLLECTOR_ONCE_H

#include "collector/result.h"
#include "http/client.h"

/* Loads NAME.task.ini and NAME.collector.ini beside it, with the key of key_path. */
HUB_MUST_USE hub_status hub_collect_load(struct hub_collected_task *out, const char *task_path,
                                         const char *key_path, struct hub_why *why);

/* Asks the leader for the windows and waits for the answer, at most patience_s. HUB_E_REFUSED: the
 * leader will not answer this, why says what it said; HUB_E_NETWORK, HUB_E_BUSY: patience is over.
 * The same question may be asked again at any time: it has the same answer. */
HUB_MUST_USE hub_status hub_collect_once(struct hub_collection *out,
                                         const struct hub_collected_task *task,
                                         const struct hub_http_client_config *http, uint64_t start,
                                         uint64_t duration, unsigned patience_s,
                                         struct hub_why *why);

#endif
