/* Two sets of hashes, those of now and those before. The lock is held for a comparison or a copy.
 */
#include "aggregator/tokens.h"

#include "crypto/compare.h"
#include "crypto/hash.h"

#include <stdio.h>
#include <stdlib.h>

enum { NOW, BEFORE, N_SETS };

/* SHA-256 of what others show. */
struct hashes {
    uint8_t peer[32];
    uint8_t (*services)[32]; /* in the order of the secret file's services */
};

struct hub_tokens {
    pthread_rwlock_t lock; /* guards what follows */
    struct hashes sets[N_SETS];
    size_t n_sets; /* 1: nothing was exchanged yet */
    size_t n_services;
    char own[HUB_PARTY_TOKEN_MAX + 1];
};

static hub_status read_hashes(struct hashes *out, const struct hub_task_secret *secret)
{
    memcpy(out->peer, secret->peer_sha256, sizeof(out->peer));
    out->services = NULL;
    if (secret->n_services == 0)
        return HUB_OK;
    out->services = calloc(secret->n_services, sizeof(*out->services));
    if (out->services == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < secret->n_services; i++)
        memcpy(out->services[i], secret->services[i].token_sha256, sizeof(out->services[i]));
    return HUB_OK;
}

hub_status hub_tokens_new(struct hub_tokens **out, const struct hub_task_secret *secret,
                          const char *own)
{
    struct hub_tokens *const t = calloc(1, sizeof(*t));

    if (t == NULL)
        return HUB_E_MEMORY;
    const hub_status status = read_hashes(&t->sets[NOW], secret);
    if (status != HUB_OK) {
        free(t);
        return status;
    }
    t->n_sets = 1;
    t->n_services = secret->n_services;
    (void)snprintf(t->own, sizeof(t->own), "%s", own);
    pthread_rwlock_init(&t->lock, NULL);
    *out = t;
    return HUB_OK;
}

void hub_tokens_free(struct hub_tokens *t)
{
    if (t == NULL)
        return;
    free(t->sets[NOW].services);
    free(t->sets[BEFORE].services);
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

static bool are_same(const struct hub_tokens *t, const struct hashes *fresh, const char *own)
{
    const struct hashes *const now = &t->sets[NOW];

    return strcmp(t->own, own) == 0 && memcmp(now->peer, fresh->peer, sizeof(now->peer)) == 0 &&
           (now->services == NULL || fresh->services == NULL ||
            memcmp(now->services, fresh->services, t->n_services * sizeof(*now->services)) == 0);
}

hub_status hub_tokens_exchange(const struct hub_party_task *task,
                               const struct hub_task_secret *fresh, struct hub_why *why)
{
    struct hub_tokens *const t = task->tokens;
    struct hashes hashes;

    HUB_TRY(check_rest(&task->secret, fresh, why));
    HUB_TRY(read_hashes(&hashes, fresh));
    pthread_rwlock_wrlock(&t->lock);
    if (are_same(t, &hashes, fresh->token)) {
        free(hashes.services);
    } else {
        free(t->sets[BEFORE].services);
        t->sets[BEFORE] = t->sets[NOW];
        t->sets[NOW] = hashes;
        t->n_sets = N_SETS;
        (void)snprintf(t->own, sizeof(t->own), "%s", fresh->token);
    }
    pthread_rwlock_unlock(&t->lock);
    return HUB_OK;
}

static bool is_hash(const uint8_t digest[32], const uint8_t hash[32])
{
    return hub_crypto_equal(hub_span_of(digest, 32), hub_span_of(hash, 32));
}

bool hub_tokens_are_peers(struct hub_tokens *t, hub_span token)
{
    uint8_t digest[HUB_SHA256_LEN];
    bool found = false;

    if (hub_sha256(digest, token) != HUB_OK)
        return false;
    pthread_rwlock_rdlock(&t->lock);
    for (size_t k = 0; k < t->n_sets; k++)
        found |= is_hash(digest, t->sets[k].peer);
    pthread_rwlock_unlock(&t->lock);
    return found;
}

long hub_tokens_service(struct hub_tokens *t, hub_span token)
{
    uint8_t digest[HUB_SHA256_LEN];
    long found = -1;

    if (hub_sha256(digest, token) != HUB_OK)
        return -1;
    pthread_rwlock_rdlock(&t->lock);
    for (size_t k = 0; k < t->n_sets; k++) {
        for (size_t i = 0; i < t->n_services; i++) {
            if (is_hash(digest, t->sets[k].services[i]))
                found = (long)i;
        }
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
