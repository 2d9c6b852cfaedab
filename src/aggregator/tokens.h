/* The tokens of a task: those that others show this party, and the leader's own for the helper.
 * They may be exchanged while the party runs. Two parties never do that at one instant, so what was
 * shown before an exchange is taken too, until the next one or the next start. */
#ifndef AGGREGATOR_TOKENS_H
#define AGGREGATOR_TOKENS_H

#include "aggregator/party.h"

struct hub_tokens;

/* The tokens of a secret file, which outlives them; own is what this party shows, at most
 * HUB_PARTY_TOKEN_MAX long. */
HUB_MUST_USE hub_status hub_tokens_new(struct hub_tokens **out, struct hub_task_secret *secret,
                                       const char *own);
void hub_tokens_free(struct hub_tokens *tokens); /* wipes; takes NULL */
/* fresh is the secret file of this task as it is now; it goes over if its tokens are others.
 * HUB_E_REFUSED if something else has changed: the key, its id, the role, the services. */
HUB_MUST_USE hub_status hub_tokens_exchange(const struct hub_party_task *task,
                                            struct hub_task_secret *fresh, struct hub_why *why);
/* Whether it is the collector's token, at a helper the leader's. Constant time in the hashes. */
bool hub_tokens_are_peers(struct hub_tokens *tokens, hub_span token);
/* The number of the service whose token it is, or -1. Goes through all of them. */
long hub_tokens_service(struct hub_tokens *tokens, hub_span token);
/* What this leader shows the helper. The caller wipes it. */
void hub_tokens_own(struct hub_tokens *tokens, char out[HUB_PARTY_TOKEN_MAX + 1]);

#endif
