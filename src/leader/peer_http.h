/* Helpers reached over HTTP at the URL that their task names. */
#ifndef LEADER_PEER_HTTP_H
#define LEADER_PEER_HTTP_H

#include "http/client.h"
#include "leader/peer.h"

/* config is copied, its texts are borrowed. self lives until hub_peer_http_free. */
HUB_MUST_USE hub_status hub_peer_http_new(struct hub_peer *out,
                                          const struct hub_http_client_config *config,
                                          const struct hub_log *log);
void hub_peer_http_free(struct hub_peer *peer);

#endif
