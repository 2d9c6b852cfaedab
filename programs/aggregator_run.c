/* Configuration, keys, store, tasks, rooms, servers, in this order; down in the reverse one. */
#include "aggregator_run.h"

#include "aggregator/party.h"
#include "base/file.h"
#include "crypto/random.h"
#include "http/url.h"
#include "leader/peer_http.h"
#include "serve/config.h"
#include "serve/handler.h"
#include "serve/keys.h"
#include "serve/metrics.h"
#include "serve/tasks.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_WRONG_USE,
    NOISE_READY = 4, /* vectors of each kind before the port opens */
    NOISE_WAIT_MS = 10000,
    HELP_MAX = 8192
};

struct program {
    struct aggregator_config config;
    const struct hub_aggregator_env *env;
    FILE *log_file;
    struct hub_log log;
    struct hub_rng rng;
    struct aggregator_keys keys;
    struct hub_party *party;
    struct hub_peer peer;
    struct aggregator_serve serve;
    struct aggregator_watch watch;
    struct hub_http_server *server;
    struct hub_http_server *metrics;
    struct aggregator_tasks tasks;
};

static hub_status open_log(struct program *p, struct hub_why *why)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};

    p->log.party = p->env->party == NULL ? "aggregator" : p->env->party;
    p->log.least = HUB_LOG_ERROR + 1;
    for (unsigned i = 0; i < sizeof(levels) / sizeof(*levels); i++) {
        if (strcmp(p->config.log_level, levels[i]) == 0)
            p->log.least = (enum hub_log_level)i;
    }
    if (p->log.least > HUB_LOG_ERROR)
        return hub_why(why, HUB_E_CONFIG, "log_level is debug, info, warn or error");
    p->log.file = stderr;
    if (strcmp(p->config.log, "-") == 0)
        return HUB_OK;
    p->log_file = fopen(p->config.log, "ae");
    if (p->log_file == NULL)
        return hub_why(why, HUB_E_IO, "%s cannot be written", p->config.log);
    p->log.file = p->log_file;
    return HUB_OK;
}

static hub_status open_party(struct program *p, struct hub_why *why)
{
    char prefix[HUB_HTTP_URL_MAX] = "";
    struct hub_party_config config = {
        .clock = p->env->clock,
        .clock_is_demo = p->env->clock_is_demo,
        .rng = p->rng,
        .mechanism = p->env->mechanism,
        .log = &p->log,
        .keys = p->keys.hpke,
        .n_keys = p->keys.n_hpke,
        .db_path = p->config.database,
        .head_path = p->config.head,
        .path_prefix = prefix,
        .limits = hub_party_limits(),
    };

    if (p->config.url[0] != '\0') {
        HUB_TRY(hub_url_check_base(p->config.url, why));
        HUB_TRY(hub_url_path(prefix, p->config.url));
        for (size_t n = strlen(prefix); n > 0 && prefix[n - 1] == '/'; n--)
            prefix[n - 1] = '\0';
    }
    memcpy(config.accumulator_key, p->keys.accumulator, sizeof(config.accumulator_key));
    config.limits.upload_bytes_max = p->config.upload_bytes_max;
    config.limits.job_bytes_max = p->config.job_bytes_max;
    config.limits.job_reports_max = p->config.job_reports_max;
    config.limits.job_linger_ms = p->config.job_linger_ms;
    config.limits.hpke_max_age_s = p->config.hpke_max_age_s;
    config.limits.collect_wait_ms = p->config.collect_wait_ms;
    config.limits.queue_bytes_max = p->config.queue_bytes_max;
    config.limits.disk_free_min = (uint64_t)p->config.disk_free_min_mb << 20;
    hub_status status = hub_party_new(&p->party, &config, why);
    hub_wipe(config.accumulator_key, sizeof(config.accumulator_key));
    return status;
}

static hub_status start_rooms(struct program *p, struct hub_why *why)
{
    struct hub_http_client_config client = hub_http_client_config();
    struct hub_leader_config leader = {.n_workers = p->config.workers,
                                       .n_collectors = p->config.collectors};
    const struct hub_helper_config helper = {.n_workers = p->config.workers,
                                             .is_async = p->config.helper_async};
    bool is_leader = false;
    bool is_helper = false;
    const struct hub_party_task *t;

    for (size_t i = 0; (t = hub_party_task_at(p->party, i)) != NULL; i++) {
        is_leader = is_leader || t->role == HUB_ROLE_LEADER;
        is_helper = is_helper || t->role == HUB_ROLE_HELPER;
    }
    if (p->env->party == NULL && is_leader != is_helper)
        p->log.party = is_leader ? "leader" : "helper";
    if (hub_noise_pool_wait(p->party->pool, NOISE_READY, NOISE_WAIT_MS) != HUB_OK)
        hub_log(&p->log, HUB_LOG_WARN, "noise.slow", "ready=no");
    client.ca_file = p->config.ca_file;
    client.plain_remote = p->config.plain_remote;
    client.response_bytes_max = p->config.job_bytes_max;
    p->serve.party = p->party;
    if (is_leader) {
        HUB_TRY(hub_peer_http_new(&p->peer, &client, &p->log));
        leader.peer = p->peer;
        HUB_TRY(hub_leader_new(&p->serve.leader, p->party, &leader, why));
    }
    return is_helper ? hub_helper_new(&p->serve.helper, p->party, &helper, why) : HUB_OK;
}

static hub_status listen_on(struct hub_http_server **out, const struct program *p,
                            const char *listen, const struct hub_http_handler *handler,
                            bool is_metrics, struct hub_why *why)
{
    char address[INET6_ADDRSTRLEN];
    struct hub_http_server_config config = hub_http_server_config();

    HUB_TRY(hub_http_listen_parse(address, &config.port, listen, why));
    config.address = address;
    config.log = &p->log;
    if (is_metrics) {
        config.n_threads = 1;
    } else {
        config.tls_cert_file = p->config.tls_cert;
        config.tls_key_file = p->config.tls_key;
        config.behind_proxy = p->config.behind_proxy;
        config.n_threads = p->config.http_threads;
        config.n_connections_max = p->config.connections_max;
        config.n_connections_per_address_max = p->config.connections_per_address_max;
        config.idle_ms_max = p->config.idle_s * 1000;
        config.receive_ms_max = p->config.receive_s * 1000;
        config.send_ms_max = p->config.send_s * 1000;
        config.bodies_bytes_max = p->config.bodies_bytes_max;
    }
    return hub_http_server_new(out, &config, handler, why);
}

static hub_status start(struct program *p, struct hub_why *why)
{
    const struct hub_http_handler handler = aggregator_handler(&p->serve);

    HUB_TRY(open_log(p, why));
    HUB_TRY(aggregator_keys_load(&p->keys, p->config.keys, p->config.database, &p->rng, why));
    HUB_TRY(open_party(p, why));
    p->tasks =
        (struct aggregator_tasks){.party = p->party, .log = &p->log, .folder = p->config.tasks};
    HUB_TRY(aggregator_tasks_read(&p->tasks, why));
    HUB_TRY(start_rooms(p, why));
    if (p->config.metrics[0] != '\0') {
        p->watch = (struct aggregator_watch){&p->serve, &p->config};
        const struct hub_http_handler metrics = aggregator_watch_handler(&p->watch);
        HUB_TRY(listen_on(&p->metrics, p, p->config.metrics, &metrics, true, why));
    }
    HUB_TRY(listen_on(&p->server, p, p->config.listen, &handler, false, why));
    hub_log(&p->log, HUB_LOG_INFO, "aggregator.started", "listen=%s port=%u refused_tasks=%zu",
            p->config.listen, hub_http_server_port(p->server), p->tasks.n_refused);
    return HUB_OK;
}

/* Keys and tasks as their files are now. What is wrong is in the log, and stays as it was. */
static void reload(struct program *p)
{
    struct aggregator_keys fresh;
    struct hub_why why = {0};

    hub_status status =
        aggregator_keys_load(&fresh, p->config.keys, p->config.database, &p->rng, &why);
    if (status == HUB_OK)
        status = hub_party_keys_set(&p->party->keys, fresh.hpke, fresh.n_hpke, &why);
    if (status != HUB_OK)
        hub_log(&p->log, HUB_LOG_ERROR, "keys.refused", "why=\"%s\"",
                why.text[0] == '\0' ? hub_status_text(status) : why.text);
    const size_t n_keys = status == HUB_OK ? fresh.n_hpke : 0;
    aggregator_keys_wipe(&fresh);
    p->tasks.is_running = true;
    p->tasks.leader = p->serve.leader;
    p->tasks.has_helper = p->serve.helper != NULL;
    status = aggregator_tasks_read(&p->tasks, &why);
    if (status != HUB_OK)
        hub_log(&p->log, HUB_LOG_ERROR, "tasks.refused", "why=\"%s\"", why.text);
    hub_log(&p->log, HUB_LOG_INFO, "aggregator.reloaded", "keys=%zu refused_tasks=%zu", n_keys,
            p->tasks.n_refused);
}

static void run_until_stopped(struct program *p, const sigset_t *signals)
{
    int which;

    while (sigwait(signals, &which) == 0 && which == SIGHUP)
        reload(p);
}

/* Requests under way are answered first; what is durable but not finished waits for the next
 * start. */
static void stop(struct program *p)
{
    if (p->server != NULL)
        hub_log(&p->log, HUB_LOG_INFO, "aggregator.stopping", "in_flight=%u",
                hub_http_server_in_flight(p->server));
    hub_http_server_free(p->server);
    hub_http_server_free(p->metrics);
    hub_leader_free(p->serve.leader);
    hub_helper_free(p->serve.helper);
    hub_peer_http_free(&p->peer);
    hub_party_free(p->party);
    aggregator_keys_wipe(&p->keys);
    hub_log(&p->log, HUB_LOG_INFO, "aggregator.stopped", "clean=yes");
    if (p->log_file != NULL)
        (void)fclose(p->log_file);
}

int hub_aggregator_run(const char *config_path, const struct hub_aggregator_env *env)
{
    struct hub_why why = {0};
    sigset_t signals;

    struct program *p = calloc(1, sizeof(*p));
    if (p == NULL)
        return EXIT_FAILED;
    p->env = env;
    p->rng = hub_system_rng();
    hub_status status = aggregator_config_load(&p->config, config_path, &why);
    if (status != HUB_OK) {
        (void)fprintf(stderr, "hubbub aggregator: %s\n", why.text);
        free(p);
        return EXIT_WRONG_USE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before the threads, which inherit it */
    status = start(p, &why);
    if (status != HUB_OK)
        (void)fprintf(stderr, "hubbub aggregator: %s\n",
                      why.text[0] == '\0' ? hub_status_text(status) : why.text);
    else
        run_until_stopped(p, &signals);
    stop(p);
    free(p);
    if (status == HUB_OK)
        return EXIT_DONE;
    return status == HUB_E_CONFIG ? EXIT_WRONG_USE : EXIT_FAILED;
}

void hub_aggregator_help(void)
{
    char text[HELP_MAX];

    (void)aggregator_config_help(text, sizeof(text));
    (void)fputs(text, stdout);
}
