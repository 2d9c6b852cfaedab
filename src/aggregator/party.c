/* The party's resources and its list of tasks. */
#include "aggregator/party.h"

#include "aggregator/admission.h"
#include "aggregator/tokens.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "statement/calibration.h"
#include "statement/conversion.h"
#include "wire/hpke_config.h"

#include <stdio.h>
#include <stdlib.h>

enum { DISK_LOOK_MS = 1000 };

struct hub_party_limits hub_party_limits(void)
{
    return (struct hub_party_limits){
        .upload_bytes_max = 8U << 20,
        .job_bytes_max = 16U << 20,
        .job_reports_max = 1000,
        .job_linger_ms = 60,
        .hpke_max_age_s = 86400,
        .collect_wait_ms = 1000,
        .queue_bytes_max = 32U << 20,
        .lease_ms = 15000,
        .disk_free_min = (uint64_t)256 << 20,
    };
}

static hub_status open_party(struct hub_party *party, const struct hub_party_config *config,
                             struct hub_why *why)
{
    party->db_path = strdup(config->db_path);
    party->head_path = strdup(config->head_path);
    if (party->db_path == NULL || party->head_path == NULL)
        return HUB_E_MEMORY;
    const struct hub_store_options store = {.name = config->db_name,
                                            .is_one_of_several = config->db_is_one_of_several,
                                            .lease_ms = party->limits.lease_ms,
                                            .path = party->db_path,
                                            .head_path = party->head_path,
                                            .clock = config->clock,
                                            .rng = config->rng,
                                            .log = config->log,
                                            .queue_bytes_max = party->limits.queue_bytes_max};
    HUB_TRY(hub_party_keys_set(&party->keys, config->keys, config->n_keys, why));
    HUB_TRY(hub_aead_new(&party->writer_box, HUB_AEAD_AES_256_GCM));
    HUB_TRY(hub_store_open(&party->store, &store, why));
    if (hub_store_was_restored(party->store))
        hub_log(party->log, HUB_LOG_WARN, "store.restored",
                "what=\"the database was rolled back; every bucket opened before is burnt\"");
    return hub_noise_pool_new(&party->pool, config->mechanism, &config->rng, config->log);
}

hub_status hub_party_new(struct hub_party **out, const struct hub_party_config *config,
                         struct hub_why *why)
{
    struct hub_party *party = calloc(1, sizeof(*party));
    if (party == NULL)
        return HUB_E_MEMORY;
    party->clock = config->clock;
    party->clock_is_demo = config->clock_is_demo;
    party->allow_plain = config->allow_plain;
    party->rng = config->rng;
    party->log = config->log;
    party->limits = config->limits;
    (void)snprintf(party->path_prefix, sizeof(party->path_prefix), "%s",
                   config->path_prefix == NULL ? "" : config->path_prefix);
    hub_party_keys_init(&party->keys);
    memcpy(party->accumulator_key, config->accumulator_key, HUB_BOX_KEY_LEN);
    pthread_rwlock_init(&party->tasks_lock, NULL);
    hub_status status = open_party(party, config, why);
    if (status != HUB_OK) {
        hub_party_free(party);
        return status;
    }
    *out = party;
    return HUB_OK;
}

static void free_task(struct hub_party_task *t)
{
    if (t == NULL)
        return;
    hub_task_free(t->task);
    hub_task_secret_wipe(&t->secret);
    hub_tokens_free(t->tokens);
    free(t->service_tags);
    hub_vdaf_free(t->vdaf);
    hub_buf_clear(&t->aad_head);
    hub_wipe(t, sizeof(*t));
    free(t);
}

void hub_party_free(struct hub_party *party)
{
    if (party == NULL)
        return;
    hub_store_close(party->store);
    hub_noise_pool_free(party->pool);
    hub_aead_free(party->writer_box);
    for (size_t i = 0; i < party->n_tasks; i++)
        free_task(party->tasks[i]);
    hub_party_keys_clear(&party->keys);
    free(party->db_path);
    free(party->head_path);
    pthread_rwlock_destroy(&party->tasks_lock);
    hub_wipe(party, sizeof(*party));
    free(party);
}

bool hub_party_disk_is_low(struct hub_party *party)
{
    const uint64_t now_ms = hub_monotonic_ms();
    uint64_t seen_ms = atomic_load(&party->disk_seen_ms);
    uint64_t room;

    if (seen_ms != 0 && now_ms - seen_ms < DISK_LOOK_MS)
        return atomic_load(&party->disk_is_low);
    if (!atomic_compare_exchange_strong(&party->disk_seen_ms, &seen_ms, now_ms))
        return atomic_load(&party->disk_is_low); /* somebody else looks */
    const bool is_low =
        hub_file_room(&room, party->db_path) == HUB_OK && room < party->limits.disk_free_min;
    if (atomic_exchange(&party->disk_is_low, is_low) != is_low)
        hub_log(party->log, is_low ? HUB_LOG_ERROR : HUB_LOG_INFO, "disk.low",
                "low=%s free_min=%llu", is_low ? "yes" : "no",
                (unsigned long long)party->limits.disk_free_min);
    return is_low;
}

struct hub_party_task *hub_party_task_find(struct hub_party *party, const uint8_t id[32])
{
    struct hub_party_task *found = NULL;

    pthread_rwlock_rdlock(&party->tasks_lock);
    for (size_t i = 0; i < party->n_tasks && found == NULL; i++) {
        if (memcmp(party->tasks[i]->task->id.bytes, id, HUB_TASK_ID_LEN) == 0)
            found = party->tasks[i];
    }
    pthread_rwlock_unlock(&party->tasks_lock);
    return found;
}

struct hub_party_task *hub_party_task_at(struct hub_party *party, size_t index)
{
    pthread_rwlock_rdlock(&party->tasks_lock);
    struct hub_party_task *t = index < party->n_tasks ? party->tasks[index] : NULL;
    pthread_rwlock_unlock(&party->tasks_lock);
    return t;
}

/* The path part of a base URL, without a slash at its end. */
static void base_path_of(char *out, size_t size, const char *url)
{
    const char *host = strstr(url, "://");
    const char *path = strchr(host == NULL ? url : host + 3, '/');

    (void)snprintf(out, size, "%s", path == NULL ? "" : path);
    size_t n = strlen(out);
    while (n > 0 && out[n - 1] == '/')
        out[--n] = '\0';
}

/* The collector's key: the statement names it as an encoded HpkeConfig. */
static hub_status read_collector(struct hub_hpke_config *out, const struct hub_statement *s,
                                 struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(1024);
    struct hub_hpke_config_view view;

    if (hub_base64url_decode(&bytes, hub_span_text(s->collector_hpke_config)) != HUB_OK ||
        hub_hpke_config_decode(&view, hub_buf_span(&bytes)) != HUB_OK ||
        view.kem_id != HUB_HPKE_KEM_X25519 || view.kdf_id != HUB_HPKE_KDF_SHA256 ||
        view.aead_id != HUB_HPKE_AEAD_AES_128_GCM || view.public_key.len != HUB_HPKE_KEY_LEN)
        return hub_why(why, HUB_E_REFUSED,
                       "the collector's HpkeConfig is not one of X25519, HKDF-SHA256, AES-128-GCM");
    out->id = view.id;
    memcpy(out->public_key, view.public_key.ptr, HUB_HPKE_KEY_LEN);
    return HUB_OK;
}

static hub_status fill_vdaf(struct hub_party_task *t, struct hub_why *why)
{
    const struct hub_vdaf_configuration *c = &t->task->vdaf;
    const struct hub_vdaf_params params = {
        .kind = (enum hub_vdaf_kind)c->type,
        .max_measurement = c->max_measurement,
        .length = c->length,
        .chunk_length = c->chunk_length,
        .max_weight = c->max_weight,
    };

    hub_status status = hub_vdaf_new(&t->vdaf, &params);
    return status == HUB_OK
               ? HUB_OK
               : hub_why(why, status, "%s: no such circuit or parameters", t->task->name);
}

static hub_status fill_noise(struct hub_party *party, struct hub_party_task *t, struct hub_why *why)
{
    const struct hub_task *task = t->task;

    t->adds_noise = true;
    if (task->has_statement) {
        const struct hub_statement *s = &task->statement;
        t->adds_noise = hub_statement_adds_noise(s, t->role == HUB_ROLE_LEADER);
        t->sigma2 = s->sigma2;
        HUB_TRY(hub_charge(&t->window_charge, 1, s->delta2, s->sigma2));
    }
    if (!t->adds_noise)
        return HUB_OK;
    hub_status status =
        hub_noise_pool_keep(party->pool, &t->noise_kind, t->sigma2, hub_vdaf_output_len(t->vdaf));
    return status == HUB_OK ? HUB_OK : hub_why(why, status, "%s: no noise pool", task->name);
}

static hub_status fill_aad_head(struct hub_party_task *t)
{
    hub_span configuration = hub_buf_span(&t->task->configuration);

    t->aad_head = (struct hub_buf)HUB_BUF_INIT(HUB_TASK_ID_LEN + configuration.len);
    HUB_TRY(hub_buf_append(&t->aad_head, HUB_SPAN_ARRAY(t->task->id.bytes)));
    return hub_buf_append(&t->aad_head, configuration);
}

hub_status hub_service_tag(uint64_t *tag, const char *name)
{
    uint8_t digest[HUB_SHA256_LEN];
    uint64_t value = 0;

    HUB_TRY(hub_sha256(digest, hub_span_text(name)));
    for (size_t i = 0; i < sizeof(value); i++)
        value = value << 8 | digest[i];
    *tag = value == 0 ? 1 : value;
    return HUB_OK;
}

long hub_party_task_service(const struct hub_party_task *task, uint64_t tag)
{
    for (size_t i = 0; i < task->secret.n_services; i++) {
        if (task->service_tags[i] == tag)
            return (long)i;
    }
    return -1;
}

static hub_status fill_services(struct hub_party_task *t, struct hub_why *why)
{
    const size_t n = t->secret.n_services;

    if (n == 0)
        return HUB_OK;
    t->service_tags = calloc(n, sizeof(*t->service_tags));
    if (t->service_tags == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        HUB_TRY(hub_service_tag(&t->service_tags[i], t->secret.services[i].name));
        for (size_t j = 0; j < i; j++) {
            if (t->service_tags[j] == t->service_tags[i])
                return hub_why(why, HUB_E_REFUSED, "%s: two services are named %s", t->task->name,
                               t->secret.services[i].name);
        }
    }
    return HUB_OK;
}

static hub_status fill_task(struct hub_party *party, struct hub_party_task *t,
                            const struct hub_party_task_config *config, struct hub_why *why)
{
    const struct hub_task *task = t->task;
    const char *token = config->peer_token == NULL ? t->secret.token : config->peer_token;

    t->role = t->secret.role;
    if (t->role != HUB_ROLE_LEADER && t->role != HUB_ROLE_HELPER)
        return hub_why(why, HUB_E_REFUSED, "%s: the secret file is not an aggregator's",
                       task->name);
    if (memcmp(t->secret.task_id.bytes, task->id.bytes, HUB_TASK_ID_LEN) != 0)
        return hub_why(why, HUB_E_REFUSED, "%s: the secret file is of another task", task->name);
    if (strlen(token) > HUB_PARTY_TOKEN_MAX)
        return hub_why(why, HUB_E_REFUSED, "%s: the token is too long", task->name);
    HUB_TRY(hub_tokens_new(&t->tokens, &t->secret, token));
    t->peer_dap_header = config->peer_dap_header;

    hub_base64url_encode(t->label, HUB_SPAN_ARRAY(task->id.bytes));
    hub_vdaf_context(t->context, &task->id);
    base_path_of(t->base_path, sizeof(t->base_path),
                 t->role == HUB_ROLE_LEADER ? task->leader_url : task->helper_url);
    if (task->has_statement)
        HUB_TRY(read_collector(&t->collector, &task->statement, why));
    else
        t->collector = config->collector;
    HUB_TRY(fill_services(t, why));
    HUB_TRY(fill_aad_head(t));
    HUB_TRY(fill_vdaf(t, why));
    HUB_TRY(hub_task_admit(party, t, why));
    return fill_noise(party, t, why);
}

static void log_admitted(const struct hub_party *party, const struct hub_party_task *t)
{
    const struct hub_task *task = t->task;
    const double rho = hub_rho_of_units(task->statement.rho_day);

    if (!task->has_statement) {
        hub_log(party->log, HUB_LOG_INFO, "task.plain", "task=%s noise=none", t->label);
        return;
    }
    hub_log(party->log, HUB_LOG_INFO, "task.admitted",
            "task=%s name=%s role=%s population=%s sigma2=%llu rho_day=%llu/2^40 epsilon_day=%.2f "
            "services=%zu",
            t->label, task->name, t->role == HUB_ROLE_LEADER ? "leader" : "helper",
            task->statement.population, (unsigned long long)t->sigma2,
            (unsigned long long)task->statement.rho_day, hub_epsilon_shown(rho, 1e-9),
            t->secret.n_services);
}

static hub_status publish(struct hub_party *party, struct hub_party_task *t, struct hub_why *why)
{
    hub_status status = HUB_OK;

    pthread_rwlock_wrlock(&party->tasks_lock);
    if (party->n_tasks == HUB_PARTY_TASKS_MAX) {
        status = hub_why(why, HUB_E_SPACE, "more than %d tasks", HUB_PARTY_TASKS_MAX);
    } else {
        t->index = party->n_tasks;
        party->tasks[party->n_tasks++] = t;
    }
    pthread_rwlock_unlock(&party->tasks_lock);
    return status;
}

hub_status hub_party_task_add(struct hub_party *party, struct hub_party_task_config *config,
                              struct hub_party_task **out, struct hub_why *why)
{
    if (hub_party_task_find(party, config->task->id.bytes) != NULL)
        return hub_why(why, HUB_E_CONFLICT, "the task is there already");
    struct hub_party_task *t = calloc(1, sizeof(*t));
    if (t == NULL)
        return HUB_E_MEMORY;
    t->task = config->task;
    t->secret = config->secret;
    hub_status status = fill_task(party, t, config, why);
    if (status == HUB_OK)
        status = publish(party, t, why);
    if (status != HUB_OK) {
        t->task = NULL; /* both stay the caller's */
        t->secret = (struct hub_task_secret){0};
        free_task(t);
        return status;
    }
    config->task = NULL;
    config->secret = (struct hub_task_secret){0};
    log_admitted(party, t);
    if (out != NULL)
        *out = t;
    return HUB_OK;
}
