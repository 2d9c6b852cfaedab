/* The secret files of now and before. The lock is held for a comparison or a copy. */
#include "aggregator/tokens.h"

#include "crypto/compare.h"

#include <stdio.h>
#include <stdlib.h>

enum { NOW, BEFORE, N_SETS };

struct hub_tokens {
    pthread_rwlock_t lock;                /* guards what follows */
    struct hub_task_secret *sets[N_SETS]; /* BEFORE is NULL until the first exchange */
    struct hub_task_secret *first;        /* the task's own; others are owned here */
    char own[HUB_PARTY_TOKEN_MAX + 1];
};

hub_status hub_tokens_new(struct hub_tokens **out, struct hub_task_secret *secret, const char *own)
{
    struct hub_tokens *const t = calloc(1, sizeof(*t));

    if (t == NULL)
        return HUB_E_MEMORY;
    t->first = secret;
    t->sets[NOW] = secret;
    (void)snprintf(t->own, sizeof(t->own), "%s", own);
    pthread_rwlock_init(&t->lock, NULL);
    *out = t;
    return HUB_OK;
}

static void drop(const struct hub_tokens *t, struct hub_task_secret *secret)
{
    if (secret == NULL || secret == t->first)
        return;
    hub_task_secret_wipe(secret);
    free(secret);
}

void hub_tokens_free(struct hub_tokens *t)
{
    if (t == NULL)
        return;
    for (size_t k = 0; k < N_SETS; k++)
        drop(t, t->sets[k]);
    pthread_rwlock_destroy(&t->lock);
    hub_wipe(t, sizeof(*t));
    free(t);
}

/* HUB_OK: nothing but tokens differs. */
static hub_status check_rest(const struct hub_task_secret *now, const struct hub_task_secret *fresh,
                             struct hub_why *why)
{
    if (fresh->role != now->role ||
        memcmp(fresh->task_id.bytes, now->task_id.bytes, HUB_TASK_ID_LEN) != 0)
        return hub_why(why, HUB_E_REFUSED, "the secret file is of another task or role");
    if (fresh->verification_key_id != now->verification_key_id ||
        !hub_crypto_equal(HUB_SPAN_ARRAY(fresh->verify_key), HUB_SPAN_ARRAY(now->verify_key)))
        return hub_why(why, HUB_E_REFUSED, "the verification key of a task cannot be exchanged");
    if (fresh->n_services != now->n_services)
        return hub_why(why, HUB_E_REFUSED, "the task has %zu services, not %zu: restart for others",
                       now->n_services, fresh->n_services);
    for (size_t i = 0; i < now->n_services; i++) {
        if (strcmp(fresh->services[i].name, now->services[i].name) != 0)
            return hub_why(why, HUB_E_REFUSED, "service %s is not %s: restart for other services",
                           fresh->services[i].name, now->services[i].name);
    }
    return HUB_OK;
}

static bool are_same(const struct hub_tokens *t, const struct hub_task_secret *fresh)
{
    const struct hub_task_secret *const now = t->sets[NOW];
    bool same = strcmp(t->own, fresh->token) == 0 &&
                memcmp(now->peer_sha256, fresh->peer_sha256, sizeof(now->peer_sha256)) == 0;

    for (size_t i = 0; same && i < now->n_services; i++)
        same = memcmp(now->services[i].token_sha256, fresh->services[i].token_sha256,
                      sizeof(now->services[i].token_sha256)) == 0;
    return same;
}

hub_status hub_tokens_exchange(const struct hub_party_task *task, struct hub_task_secret *fresh,
                               struct hub_why *why)
{
    struct hub_tokens *const t = task->tokens;

    HUB_TRY(check_rest(&task->secret, fresh, why));
    struct hub_task_secret *const owned = malloc(sizeof(*owned));
    if (owned == NULL)
        return HUB_E_MEMORY;
    pthread_rwlock_wrlock(&t->lock);
    const bool same = are_same(t, fresh);
    if (!same) {
        *owned = *fresh;
        *fresh = (struct hub_task_secret){0};
        drop(t, t->sets[BEFORE]);
        t->sets[BEFORE] = t->sets[NOW];
        t->sets[NOW] = owned;
        (void)snprintf(t->own, sizeof(t->own), "%s", owned->token);
    }
    pthread_rwlock_unlock(&t->lock);
    if (same)
        free(owned);
    return HUB_OK;
}

bool hub_tokens_are_peers(struct hub_tokens *t, hub_span token)
{
    bool found = false;

    pthread_rwlock_rdlock(&t->lock);
    for (size_t k = 0; k < N_SETS && t->sets[k] != NULL; k++)
        found |= hub_task_token_is(t->sets[k]->peer_sha256, token);
    pthread_rwlock_unlock(&t->lock);
    return found;
}

long hub_tokens_service(struct hub_tokens *t, hub_span token)
{
    long found = -1;

    pthread_rwlock_rdlock(&t->lock);
    for (size_t k = 0; k < N_SETS && t->sets[k] != NULL; k++) {
        const long service = hub_task_service_find(t->sets[k], token);
        found = service >= 0 ? service : found;
    }
    pthread_rwlock_unlock(&t->lock);
    return found;
}

void hub_tokens_own(struct hub_tokens *t, char out[HUB_PARTY_TOKEN_MAX + 1])
{
    pthread_rwlock_rdlock(&t->lock);
    memcpy(out, t->own, sizeof(t->own));
    pthread_rwlock_unlock(&t->lock);
}
