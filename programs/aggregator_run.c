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

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_WRONG_USE,
    SECRET_MAX = 1 << 20,
    PATH_LEN = 1024,
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
    size_t n_refused;
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

/* The secrets of a task: exactly one of NAME.leader.ini and NAME.helper.ini stands beside it. */
static hub_status load_secret(struct hub_task_secret *out, const char *stem, struct hub_why *why)
{
    char leader[PATH_LEN + 16];
    char helper[PATH_LEN + 16];
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_MAX);

    (void)snprintf(leader, sizeof(leader), "%s.leader.ini", stem);
    (void)snprintf(helper, sizeof(helper), "%s.helper.ini", stem);
    const bool is_leader = access(leader, F_OK) == 0;
    const bool is_helper = access(helper, F_OK) == 0;
    if (is_leader == is_helper)
        return hub_why(why, HUB_E_CONFIG,
                       is_leader ? "%s: the secrets of leader and helper on one machine"
                                 : "%s: neither .leader.ini nor .helper.ini stands beside the task",
                       stem);
    const char *path = is_leader ? leader : helper;
    HUB_TRY(hub_file_read(&text, path, why));
    return hub_task_secret_parse(out, hub_buf_span(&text), path, why);
}

static hub_status load_task(struct program *p, const char *path, struct hub_why *why)
{
    struct hub_party_task_config config = {0};
    char stem[PATH_LEN];

    (void)snprintf(stem, sizeof(stem), "%.*s", (int)(strlen(path) - strlen(".task.ini")), path);
    hub_status status = hub_task_load(&config.task, path, hub_file_read, why);
    if (status == HUB_OK)
        status = load_secret(&config.secret, stem, why);
    if (status == HUB_OK)
        status = hub_party_task_add(p->party, &config, NULL, why);
    hub_task_free(config.task);
    hub_task_secret_wipe(&config.secret);
    return status;
}

static int is_task_file(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name);
    return n > 9 && strcmp(entry->d_name + n - 9, ".task.ini") == 0;
}

/* A task that is refused does not keep the others from running: the log and the ledger say why. */
static hub_status load_tasks(struct program *p, struct hub_why *why)
{
    struct dirent **names = NULL;
    int n = scandir(p->config.tasks, &names, is_task_file, alphasort);

    if (n < 0)
        return hub_why(why, HUB_E_CONFIG, "%s: the folder of the tasks cannot be read",
                       p->config.tasks);
    for (int i = 0; i < n; i++) {
        char path[PATH_LEN];
        struct hub_why reason = {0};
        (void)snprintf(path, sizeof(path), "%s/%s", p->config.tasks, names[i]->d_name);
        if (load_task(p, path, &reason) != HUB_OK) {
            hub_log(&p->log, HUB_LOG_ERROR, "task.refused", "file=%s why=\"%s\"", names[i]->d_name,
                    reason.text);
            p->n_refused++;
        }
        free(names[i]);
    }
    free(names);
    return HUB_OK;
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
    HUB_TRY(load_tasks(p, why));
    HUB_TRY(start_rooms(p, why));
    if (p->config.metrics[0] != '\0') {
        p->watch = (struct aggregator_watch){&p->serve, &p->config};
        const struct hub_http_handler metrics = aggregator_watch_handler(&p->watch);
        HUB_TRY(listen_on(&p->metrics, p, p->config.metrics, &metrics, true, why));
    }
    HUB_TRY(listen_on(&p->server, p, p->config.listen, &handler, false, why));
    hub_log(&p->log, HUB_LOG_INFO, "aggregator.started", "listen=%s port=%u refused_tasks=%zu",
            p->config.listen, hub_http_server_port(p->server), p->n_refused);
    return HUB_OK;
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
    int which;

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
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before the threads, which inherit it */
    status = start(p, &why);
    if (status != HUB_OK)
        (void)fprintf(stderr, "hubbub aggregator: %s\n",
                      why.text[0] == '\0' ? hub_status_text(status) : why.text);
    else
        (void)sigwait(&signals, &which);
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
