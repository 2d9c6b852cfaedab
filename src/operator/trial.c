/* The trial ceremony. It follows the steps that independent operators would take: own keys first,
 * then the statement, then seeds and tokens, each made by who will check it, sealed to who will use
 * it, and opened there. */
#include "operator/trial.h"

#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "hpke/hpke.h"
#include "operator/own_keys.h"
#include "operator/sealed.h"
#include "operator/trial_config_internal.h"
#include "wire/hpke_config.h"

#include <stdio.h>
#include <stdlib.h>

enum { PATH_BYTES = 1024, TEXT_MAX = 1 << 21, SEED_LEN = 32 };

/* What one party has in hand during the ceremony. */
struct actor {
    const char *name; /* "leader", ..., "service-07": as in envelopes */
    char folder[PATH_BYTES];
    struct hub_hpke_keypair key;
    uint8_t ledger_key[32]; /* public; aggregators */
    struct hub_task_secret secret;
};

static void actor_wipe(struct actor *a)
{
    hub_hpke_keypair_wipe(&a->key);
    hub_task_secret_wipe(&a->secret);
}

struct trial {
    const struct hub_trial_parties *parties;
    const struct hub_trial_task *wanted;
    const struct hub_rng *rng;
    struct hub_why *why;
    struct hub_task *task;
    struct actor leader;
    struct actor helper;
    struct actor collector;
};

static void trial_wipe(struct trial *t)
{
    actor_wipe(&t->leader);
    actor_wipe(&t->helper);
    actor_wipe(&t->collector);
    hub_task_free(t->task);
}

static hub_status join(char out[PATH_BYTES], const char *folder, const char *name,
                       struct hub_why *why)
{
    const int n = snprintf(out, PATH_BYTES, "%s/%s", folder, name);

    return n > 0 && n < PATH_BYTES ? HUB_OK : hub_why(why, HUB_E_CONFIG, "the path is too long");
}

/* A folder inside the actor's. */
static hub_status make_folder(const struct actor *a, const char *name, unsigned mode,
                              struct hub_why *why)
{
    char path[PATH_BYTES];

    HUB_TRY(join(path, a->folder, name, why));
    return hub_file_make_dir(path, mode, why);
}

static hub_status actor_init(struct actor *a, const struct trial *t, const char *name,
                             const char *folder, const char *key_file)
{
    char path[PATH_BYTES];
    bool is_new;

    a->name = name;
    HUB_TRY(join(a->folder, t->parties->folder, folder, t->why));
    HUB_TRY(hub_file_make_dir(a->folder, 0755, t->why));
    HUB_TRY(make_folder(a, "keys", 0700, t->why));
    HUB_TRY(join(path, a->folder, key_file, t->why));
    return hub_own_hpke_key(&a->key, &is_new, path, t->rng, t->why);
}

static hub_status aggregator_init(struct actor *a, const struct trial *t, const char *name)
{
    char path[PATH_BYTES];

    HUB_TRY(actor_init(a, t, name, name, "keys/operator.key"));
    HUB_TRY(make_folder(a, "tasks", 0755, t->why));
    HUB_TRY(join(path, a->folder, "keys/ledger.key", t->why));
    return hub_own_ledger_key(a->ledger_key, path, t->rng, t->why);
}

static hub_status put_text(char *out, size_t size, const char *text, const char *what,
                           struct hub_why *why)
{
    if (strlen(text) >= size)
        return hub_why(why, HUB_E_CONFIG, "%s has more than %zu octets", what, size - 1);
    memcpy(out, text, strlen(text) + 1);
    return HUB_OK;
}

static hub_status fill_operator(struct hub_operator *out, const struct actor *a, const char *name,
                                const char *url, struct hub_why *why)
{
    HUB_TRY(put_text(out->name, sizeof(out->name), name, "an operator's name", why));
    HUB_TRY(put_text(out->url, sizeof(out->url), url, "an operator's URL", why));
    memcpy(out->ledger_key, a->ledger_key, sizeof(out->ledger_key));
    return HUB_OK;
}

static hub_status fill_collector(struct hub_statement *s, const struct trial *t)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf config = HUB_BUF_INIT(256);
    const struct hub_hpke_config_view view = {
        .id = t->collector.key.config.id,
        .kem_id = HUB_HPKE_KEM_X25519,
        .kdf_id = HUB_HPKE_KDF_SHA256,
        .aead_id = HUB_HPKE_AEAD_AES_128_GCM,
        .public_key = HUB_SPAN_ARRAY(t->collector.key.config.public_key),
    };

    HUB_TRY(put_text(s->collector, sizeof(s->collector), t->parties->collector_name,
                     "the collector's name", t->why));
    HUB_TRY(hub_hpke_config_encode(&config, &view));
    hub_base64url_encode(s->collector_hpke_config, hub_buf_span(&config));
    return HUB_OK;
}

/* The statement that all parties would read and accept. */
static hub_status make_task(struct trial *t)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
    struct hub_statement s = t->wanted->statement;

    HUB_TRY(fill_operator(&s.leader, &t->leader, t->parties->leader_name, t->parties->leader_url,
                          t->why));
    HUB_TRY(fill_operator(&s.helper, &t->helper, t->parties->helper_name, t->parties->helper_url,
                          t->why));
    HUB_TRY(fill_collector(&s, t));
    s.has_labels = t->wanted->labels.len != 0;
    if (s.has_labels)
        HUB_TRY(hub_sha256(s.labels, t->wanted->labels));
    HUB_TRY(hub_statement_complete(&s, t->wanted->rho_day, t->why));
    HUB_TRY(hub_statement_write(&text, &s, t->why));
    return hub_task_new(&t->task, hub_buf_span(&text), t->wanted->labels, t->wanted->time_zone,
                        t->why);
}

/* folder/NAME + suffix */
static hub_status task_path(char out[PATH_BYTES], const struct trial *t, const char *folder,
                            const char *suffix)
{
    const int n = snprintf(out, PATH_BYTES, "%s/%s%s", folder, t->task->name, suffix);

    return n > 0 && n < PATH_BYTES ? HUB_OK : hub_why(t->why, HUB_E_CONFIG, "the path is too long");
}

static hub_status write_public(const struct trial *t, const char *folder)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(TEXT_MAX);
    char path[PATH_BYTES];

    HUB_TRY(hub_file_make_dir(folder, 0755, t->why));
    HUB_TRY(hub_task_write(&text, t->task));
    HUB_TRY(task_path(path, t, folder, ".statement"));
    HUB_TRY(hub_file_put(path, hub_buf_span(&t->task->statement_text), 0644, t->why));
    if (t->task->labels != NULL) {
        HUB_TRY(task_path(path, t, folder, ".labels"));
        HUB_TRY(hub_file_put(path, hub_buf_span(&t->task->labels_text), 0644, t->why));
    }
    HUB_TRY(task_path(path, t, folder, ".task.ini"));
    return hub_file_put(path, hub_buf_span(&text), 0644, t->why);
}

static hub_status write_secret(const struct trial *t, const char *folder,
                               const struct hub_task_secret *secret, const char *suffix)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(TEXT_MAX);
    char path[PATH_BYTES];

    HUB_TRY(hub_task_secret_write(&text, secret));
    HUB_TRY(task_path(path, t, folder, suffix));
    return hub_file_put(path, hub_buf_span(&text), 0600, t->why);
}

/* Seals secret from one party to another, leaves the envelope in exchange/, and opens it there as
 * the addressee would. */
static hub_status hand_over(struct hub_buf *out, const struct trial *t, const char *what,
                            const char *from, const struct actor *to, hub_span secret)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(HUB_SEALED_FILE_MAX);
    const struct hub_sealed_label label = {what, t->task->id, from, to->name};
    char folder[PATH_BYTES];
    char suffix[HUB_SEALED_NAME_MAX * 3];
    char path[PATH_BYTES];

    HUB_TRY(hub_sealed_write(&text, &label, &to->key.config, secret, t->rng));
    HUB_TRY(join(folder, t->parties->folder, "exchange", t->why));
    HUB_TRY(hub_file_make_dir(folder, 0755, t->why));
    (void)snprintf(suffix, sizeof(suffix), ".%s-to-%s.%s", from, to->name, what);
    HUB_TRY(task_path(path, t, folder, suffix));
    HUB_TRY(hub_file_put(path, hub_buf_span(&text), 0644, t->why));
    return hub_sealed_read(out, hub_buf_span(&text), path, &label, &to->key, t->why);
}

/* The receiver's half of a token: its hash. The sender's: the token, out of the envelope. */
static hub_status hand_token(struct trial *t, uint8_t hash[32], const char *receiver,
                             struct actor *sender)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf opened = HUB_BUF_INIT(HUB_SEALED_SECRET_MAX);
    char token[HUB_TOKEN_LEN + 1];
    hub_status status = hub_token_new(token, t->rng);

    if (status == HUB_OK)
        status = hub_sha256(hash, hub_span_of(token, HUB_TOKEN_LEN));
    if (status == HUB_OK)
        status =
            hand_over(&opened, t, "token", receiver, sender, hub_span_of(token, HUB_TOKEN_LEN));
    hub_wipe(token, sizeof(token));
    if (status == HUB_OK) {
        memcpy(sender->secret.token, opened.ptr, HUB_TOKEN_LEN);
        sender->secret.token[HUB_TOKEN_LEN] = '\0';
    }
    return status;
}

/* Each aggregator draws a seed and seals it to the other; both derive the same key. */
static hub_status agree_on_verify_key(struct trial *t)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf at_helper = HUB_BUF_INIT(HUB_SEALED_SECRET_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf at_leader = HUB_BUF_INIT(HUB_SEALED_SECRET_MAX);
    uint8_t seeds[2][SEED_LEN];
    hub_status status = hub_rng_fill(t->rng, seeds[0], sizeof(seeds));

    if (status == HUB_OK)
        status = hand_over(&at_helper, t, "seed", "leader", &t->helper, HUB_SPAN_ARRAY(seeds[0]));
    if (status == HUB_OK)
        status = hand_over(&at_leader, t, "seed", "helper", &t->leader, HUB_SPAN_ARRAY(seeds[1]));
    if (status == HUB_OK)
        status = hub_verify_key_derive(t->leader.secret.verify_key, seeds[0], at_leader.ptr,
                                       &t->task->id);
    if (status == HUB_OK)
        status = hub_verify_key_derive(t->helper.secret.verify_key, at_helper.ptr, seeds[1],
                                       &t->task->id);
    hub_wipe(seeds, sizeof(seeds));
    return status;
}

static hub_status register_service(struct trial *t, unsigned number)
{
    HUB_CLEANUP(actor_wipe) struct actor service = {.name = NULL};
    struct hub_service *const entry = &t->leader.secret.services[number - 1];
    char folder[32];
    char name[32];

    (void)snprintf(folder, sizeof(folder), "services/%02u", number);
    (void)snprintf(name, sizeof(name), "service-%02u", number);
    HUB_TRY(actor_init(&service, t, name, folder, "keys/service.key"));
    service.secret.role = HUB_ROLE_CLIENT;
    service.secret.task_id = t->task->id;
    (void)snprintf(entry->name, sizeof(entry->name), "%s", name);
    HUB_TRY(hand_token(t, entry->token_sha256, "leader", &service));
    HUB_TRY(write_public(t, service.folder));
    return write_secret(t, service.folder, &service.secret, ".service.ini");
}

static hub_status exchange(struct trial *t)
{
    t->leader.secret.role = HUB_ROLE_LEADER;
    t->helper.secret.role = HUB_ROLE_HELPER;
    t->collector.secret.role = HUB_ROLE_COLLECTOR;
    t->leader.secret.task_id = t->task->id;
    t->helper.secret.task_id = t->task->id;
    t->collector.secret.task_id = t->task->id;
    HUB_TRY(agree_on_verify_key(t));
    HUB_TRY(hand_token(t, t->helper.secret.peer_sha256, "helper", &t->leader));
    HUB_TRY(hand_token(t, t->leader.secret.peer_sha256, "leader", &t->collector));
    if (t->wanted->n_services == 0)
        return HUB_OK;
    t->leader.secret.services = calloc(t->wanted->n_services, sizeof(struct hub_service));
    if (t->leader.secret.services == NULL)
        return HUB_E_MEMORY;
    t->leader.secret.n_services = t->wanted->n_services;
    for (unsigned n = 1; n <= t->wanted->n_services; n++)
        HUB_TRY(register_service(t, n));
    return HUB_OK;
}

static hub_status write_party(const struct trial *t, const struct actor *a, const char *suffix)
{
    char folder[PATH_BYTES];

    HUB_TRY(join(folder, a->folder, "tasks", t->why));
    HUB_TRY(write_public(t, folder));
    return write_secret(t, folder, &a->secret, suffix);
}

/* Refuses a second task of the same name before anything is changed. */
static hub_status check_name_is_free(const struct trial *t)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf old = HUB_BUF_INIT(TEXT_MAX);
    char path[PATH_BYTES];
    const int n = snprintf(path, sizeof(path), "%s/public/%s.task.ini", t->parties->folder,
                           t->wanted->statement.name);

    if (n < 0 || n >= (int)sizeof(path))
        return hub_why(t->why, HUB_E_CONFIG, "the path is too long");
    const hub_status found = hub_file_read(&old, path, NULL);
    if (found == HUB_OK)
        return hub_why(t->why, HUB_E_CONFLICT,
                       "%.200s is there already: choose another name or folder", path);
    return found == HUB_E_NOT_FOUND ? HUB_OK
                                    : hub_why(t->why, found, "%.200s cannot be read", path);
}

hub_status hub_trial_task_new(struct hub_task **out, const struct hub_trial_parties *parties,
                              const struct hub_trial_task *task, const struct hub_rng *rng,
                              struct hub_why *why)
{
    HUB_CLEANUP(trial_wipe)
    struct trial t = {.parties = parties, .wanted = task, .rng = rng, .why = why};
    char folder[PATH_BYTES];

    if (task->n_services > HUB_SERVICES_MAX)
        return hub_why(why, HUB_E_CONFIG, "at most %d services", HUB_SERVICES_MAX);
    HUB_TRY(check_name_is_free(&t));
    HUB_TRY(aggregator_init(&t.leader, &t, "leader"));
    HUB_TRY(aggregator_init(&t.helper, &t, "helper"));
    HUB_TRY(actor_init(&t.collector, &t, "collector", "collector", "keys/collector.key"));
    HUB_TRY(make_task(&t));
    HUB_TRY(exchange(&t));
    HUB_TRY(write_party(&t, &t.leader, ".leader.ini"));
    HUB_TRY(write_party(&t, &t.helper, ".helper.ini"));
    HUB_TRY(write_party(&t, &t.collector, ".collector.ini"));
    HUB_TRY(hub_trial_write_configs(parties, t.task, why));
    HUB_TRY(hub_file_sync_all(parties->folder, why));
    HUB_TRY(join(folder, parties->folder, "public", why));
    HUB_TRY(write_public(&t, folder)); /* last: its presence says that the rest is there */
    HUB_TRY(hub_file_sync_all(folder, why));
    *out = t.task;
    t.task = NULL;
    return HUB_OK;
}
