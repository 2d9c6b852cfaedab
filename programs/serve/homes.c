/* For each database: a party, then its tasks, then the rooms of the roles that these have. */
#include "serve/homes.h"

#include "aggregator/party.h"

#include <stdio.h>

enum { NOISE_READY = 4, /* vectors of each kind before the port opens */ NOISE_WAIT_MS = 10000 };

static bool are_several(const struct aggregator_homes *h)
{
    return h->serve.n_homes > 1;
}

/* ---- A database's party */

static void fill_limits(struct hub_party_limits *limits, const struct aggregator_config *c)
{
    limits->upload_bytes_max = c->upload_bytes_max;
    limits->job_bytes_max = c->job_bytes_max;
    limits->job_reports_max = c->job_reports_max;
    limits->job_linger_ms = c->job_linger_ms;
    limits->hpke_max_age_s = c->hpke_max_age_s;
    limits->collect_wait_ms = c->collect_wait_ms;
    limits->queue_bytes_max = c->queue_bytes_max;
    limits->disk_free_min = (uint64_t)c->disk_free_min_mb << 20;
    limits->lease_ms = c->lease_s * 1000;
}

static hub_status open_party(struct aggregator_homes *h, size_t i,
                             const struct aggregator_keys *keys, struct hub_why *why)
{
    const struct aggregator_database *const d = &h->config->databases[i];
    struct hub_party_config config = {
        .clock = h->env->clock,
        .clock_is_demo = h->env->clock_is_demo,
        .rng = h->rng,
        .mechanism = h->env->mechanism,
        .log = &h->logs[i],
        .keys = keys->hpke,
        .n_keys = keys->n_hpke,
        .db_name = d->name,
        .db_is_one_of_several = are_several(h),
        .db_path = d->database,
        .head_path = d->head,
        .path_prefix = h->path_prefix,
        .limits = hub_party_limits(),
    };

    fill_limits(&config.limits, h->config);
    memcpy(config.accumulator_key, keys->accumulator, sizeof(config.accumulator_key));
    const hub_status status = hub_party_new(&h->list[i].party, &config, why);
    hub_wipe(config.accumulator_key, sizeof(config.accumulator_key));
    return status;
}

/* A server that is away may come; what is wrong in itself is for people. */
static bool may_come(const struct aggregator_homes *h, hub_status status)
{
    return are_several(h) && (status == HUB_E_DB || status == HUB_E_BUSY);
}

/* HUB_OK: the party is there, or is waited for. */
static hub_status open_home(struct aggregator_homes *h, size_t i,
                            const struct aggregator_keys *keys, struct hub_why *why)
{
    struct hub_why reason = {0};
    const char *const name = h->config->databases[i].name;
    const bool was_away = h->is_away[i];
    const hub_status status = open_party(h, i, keys, &reason);

    h->is_away[i] = status != HUB_OK;
    if (status == HUB_OK) {
        atomic_store(&h->list[i].is_open, true);
        if (was_away)
            hub_log(h->log, HUB_LOG_INFO, "database.back", "database=%s", name);
        return HUB_OK;
    }
    if (!may_come(h, status))
        return are_several(h) ? hub_why(why, status, "database %s: %s", name, reason.text)
                              : hub_why(why, status, "%s", reason.text);
    if (!was_away)
        hub_log(h->log, HUB_LOG_ERROR, "database.away", "database=%s why=\"%s\"", name,
                reason.text);
    (void)hub_why(why, status, "%s", reason.text);
    return HUB_OK;
}

/* ---- Its rooms */

static hub_status start_leader(struct aggregator_homes *h, size_t i, struct hub_why *why)
{
    struct hub_http_client_config client = hub_http_client_config();
    struct hub_leader_config leader = {.n_workers = h->config->workers,
                                       .n_collectors = h->config->collectors};
    struct hub_leader *room;

    client.ca_file = h->config->ca_file;
    client.plain_remote = h->config->plain_remote;
    client.response_bytes_max = h->config->job_bytes_max;
    HUB_TRY(hub_peer_http_new(&h->peers[i], &client, &h->logs[i]));
    leader.peer = h->peers[i];
    const hub_status status = hub_leader_new(&room, h->list[i].party, &leader, why);
    if (status != HUB_OK) {
        hub_peer_http_free(&h->peers[i]);
        return status;
    }
    atomic_store(&h->list[i].leader, room);
    return HUB_OK;
}

static hub_status start_helper(struct aggregator_homes *h, size_t i, struct hub_why *why)
{
    const struct hub_helper_config helper = {.n_workers = h->config->workers,
                                             .is_async = h->config->helper_async};
    struct hub_helper *room;

    HUB_TRY(hub_helper_new(&room, h->list[i].party, &helper, why));
    atomic_store(&h->list[i].helper, room);
    return HUB_OK;
}

/* Those of its tasks' roles that do not run yet. */
static hub_status start_rooms(struct aggregator_homes *h, size_t i, struct hub_why *why)
{
    struct aggregator_home *const home = &h->list[i];
    bool is_leader = false;
    bool is_helper = false;
    const struct hub_party_task *t;

    for (size_t k = 0; (t = hub_party_task_at(home->party, k)) != NULL; k++) {
        is_leader = is_leader || t->role == HUB_ROLE_LEADER;
        is_helper = is_helper || t->role == HUB_ROLE_HELPER;
    }
    is_leader = is_leader && atomic_load(&home->leader) == NULL;
    is_helper = is_helper && atomic_load(&home->helper) == NULL;
    if ((is_leader || is_helper) &&
        hub_noise_pool_wait(home->party->pool, NOISE_READY, NOISE_WAIT_MS) != HUB_OK)
        hub_log(&h->logs[i], HUB_LOG_WARN, "noise.slow", "ready=no");
    if (is_leader)
        HUB_TRY(start_leader(h, i, why));
    return is_helper ? start_helper(h, i, why) : HUB_OK;
}

static hub_status read_home(struct aggregator_homes *h, size_t i, struct hub_why *why)
{
    h->tasks[i].home = &h->list[i];
    h->tasks[i].main = &h->list[0];
    h->tasks[i].log = &h->logs[i];
    h->tasks[i].folder = h->config->databases[i].tasks;
    HUB_TRY(aggregator_tasks_read(&h->tasks[i], why));
    return start_rooms(h, i, why);
}

static void note_waiting(struct aggregator_homes *h)
{
    bool is_waiting = false;

    for (size_t i = 0; i < h->serve.n_homes; i++)
        is_waiting = is_waiting || h->is_away[i] || h->tasks[i].n_waiting != 0;
    atomic_store(&h->serve.is_waiting, is_waiting);
}

/* ---- All of them */

static hub_status fill_prefix(struct aggregator_homes *h, struct hub_why *why)
{
    if (h->config->url[0] == '\0')
        return HUB_OK;
    HUB_TRY(hub_url_check_base(h->config->url, why));
    HUB_TRY(hub_url_path(h->path_prefix, h->config->url));
    for (size_t n = strlen(h->path_prefix); n > 0 && h->path_prefix[n - 1] == '/'; n--)
        h->path_prefix[n - 1] = '\0';
    return HUB_OK;
}

static void fill_logs(struct aggregator_homes *h)
{
    for (size_t i = 0; i < h->config->n_databases; i++) {
        h->logs[i] = *h->log;
        if (h->config->n_databases == 1)
            continue;
        (void)snprintf(h->labels[i], sizeof(h->labels[i]), "%s@%s", h->log->party,
                       h->config->databases[i].name);
        h->logs[i].party = h->labels[i];
    }
}

static hub_status open_all(struct aggregator_homes *h, struct hub_why *why)
{
    struct aggregator_keys keys;
    size_t n_open = 0;

    HUB_TRY(aggregator_keys_load(&keys, h->config, &h->rng, why));
    hub_status status = HUB_OK;
    for (size_t i = 0; status == HUB_OK && i < h->serve.n_homes; i++) {
        status = open_home(h, i, &keys, why);
        n_open += h->is_away[i] ? 0 : 1;
    }
    aggregator_keys_wipe(&keys);
    return status == HUB_OK && n_open == 0 ? HUB_E_DB : status;
}

/* At a start the task would be answered as one that there is not, and clients would give up reports
 * for it: so the start fails, and comes again. With several databases the others go on, and what is
 * not known is answered as what may come. */
static hub_status check_first_reading(const struct aggregator_homes *h, struct hub_why *why)
{
    if (are_several(h) || h->tasks[0].n_waiting == 0)
        return HUB_OK;
    return why->text[0] == '\0' ? hub_why(why, HUB_E_DB, "the database is away") : HUB_E_DB;
}

hub_status aggregator_homes_open(struct aggregator_homes *homes,
                                 const struct aggregator_config *config,
                                 const struct hub_aggregator_env *env, const struct hub_rng *rng,
                                 const struct hub_log *log, struct hub_why *why)
{
    homes->config = config;
    homes->env = env;
    homes->rng = *rng;
    homes->log = log;
    homes->serve.homes = homes->list;
    homes->serve.n_homes = config->n_databases;
    homes->serve.bodies_of_one_max = are_several(homes) ? config->bodies_bytes_max / 2 : 0;
    fill_logs(homes);
    HUB_TRY(fill_prefix(homes, why));
    HUB_TRY(open_all(homes, why));
    for (size_t i = 0; i < homes->serve.n_homes; i++) {
        if (!homes->is_away[i])
            HUB_TRY(read_home(homes, i, why));
    }
    note_waiting(homes);
    return check_first_reading(homes, why);
}

void aggregator_homes_close(struct aggregator_homes *homes)
{
    for (size_t i = 0; i < homes->serve.n_homes; i++) {
        hub_leader_free(atomic_load(&homes->list[i].leader));
        hub_helper_free(atomic_load(&homes->list[i].helper));
        hub_peer_http_free(&homes->peers[i]);
        hub_party_free(homes->list[i].party);
    }
}

static void reload_keys(struct aggregator_homes *h, size_t *n_keys)
{
    struct aggregator_keys fresh;
    struct hub_why why = {0};
    hub_status status = aggregator_keys_load(&fresh, h->config, &h->rng, &why);

    for (size_t i = 0; status == HUB_OK && i < h->serve.n_homes; i++) {
        if (!h->is_away[i])
            status = hub_party_keys_set(&h->list[i].party->keys, fresh.hpke, fresh.n_hpke, &why);
    }
    if (status != HUB_OK)
        hub_log(h->log, HUB_LOG_ERROR, "keys.refused", "why=\"%s\"",
                why.text[0] == '\0' ? hub_status_text(status) : why.text);
    *n_keys = status == HUB_OK ? fresh.n_hpke : 0;
    aggregator_keys_wipe(&fresh);
}

static void read_again(struct aggregator_homes *h, size_t i)
{
    struct hub_why why = {0};
    const hub_status status = read_home(h, i, &why);

    if (status != HUB_OK)
        hub_log(&h->logs[i], HUB_LOG_ERROR, "tasks.refused", "why=\"%s\"",
                why.text[0] == '\0' ? hub_status_text(status) : why.text);
}

void aggregator_homes_reload(struct aggregator_homes *homes)
{
    size_t n_keys;

    reload_keys(homes, &n_keys);
    for (size_t i = 0; i < homes->serve.n_homes; i++) {
        if (!homes->is_away[i])
            read_again(homes, i);
    }
    note_waiting(homes);
    hub_log(homes->log, HUB_LOG_INFO, "aggregator.reloaded", "keys=%zu refused_tasks=%zu", n_keys,
            aggregator_homes_refused(homes));
}

bool aggregator_homes_wait(const struct aggregator_homes *homes)
{
    return atomic_load(&homes->serve.is_waiting);
}

/* With the keys of now: those of the start may have been exchanged. */
static void open_again(struct aggregator_homes *h, size_t i)
{
    struct aggregator_keys keys;
    struct hub_why why = {0};
    hub_status status = aggregator_keys_load(&keys, h->config, &h->rng, &why);

    if (status == HUB_OK)
        status = open_home(h, i, &keys, &why);
    if (status != HUB_OK)
        hub_log(h->log, HUB_LOG_ERROR, "database.refused", "database=%s why=\"%s\"",
                h->config->databases[i].name, why.text);
    aggregator_keys_wipe(&keys);
}

void aggregator_homes_retry(struct aggregator_homes *homes)
{
    for (size_t i = 0; i < homes->serve.n_homes; i++) {
        const bool was_away = homes->is_away[i];
        if (was_away)
            open_again(homes, i);
        if (!homes->is_away[i] && (was_away || homes->tasks[i].n_waiting != 0))
            read_again(homes, i);
    }
    note_waiting(homes);
}

size_t aggregator_homes_refused(const struct aggregator_homes *homes)
{
    size_t n = 0;

    for (size_t i = 0; i < homes->serve.n_homes; i++)
        n += homes->tasks[i].n_refused;
    return n;
}
