/* Configuration, log, databases with their tasks and rooms, servers, in this order; down in the
 * reverse one. */
#include "aggregator_run.h"

#include "crypto/random.h"
#include "serve/config.h"
#include "serve/folders.h"
#include "serve/handler.h"
#include "serve/homes.h"
#include "serve/metrics.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_WRONG_USE, HELP_MAX = 8192 };

struct program {
    struct aggregator_config config;
    const struct hub_aggregator_env *env;
    FILE *log_file;
    struct hub_log log;
    struct hub_rng rng;
    struct aggregator_homes homes;
    struct aggregator_watch watch;
    struct hub_http_server *server;
    struct hub_http_server *metrics;
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

/* The log's lines begin with the role, where there is one for all tasks. */
static void name_party(struct program *p)
{
    bool is_leader = false;
    bool is_helper = false;

    for (size_t i = 0; i < p->config.n_databases; i++) {
        bool leads;
        bool helps;
        aggregator_folder_roles(&leads, &helps, p->config.databases[i].tasks);
        is_leader = is_leader || leads;
        is_helper = is_helper || helps;
    }
    if (p->env->party == NULL && is_leader != is_helper)
        p->log.party = is_leader ? "leader" : "helper";
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
    const struct hub_http_handler handler = aggregator_handler(&p->homes.serve);

    HUB_TRY(open_log(p, why));
    name_party(p);
    HUB_TRY(aggregator_homes_open(&p->homes, &p->config, p->env, &p->rng, &p->log, why));
    if (p->config.metrics[0] != '\0') {
        p->watch = (struct aggregator_watch){&p->homes.serve, &p->config};
        const struct hub_http_handler metrics = aggregator_watch_handler(&p->watch);
        HUB_TRY(listen_on(&p->metrics, p, p->config.metrics, &metrics, true, why));
    }
    HUB_TRY(listen_on(&p->server, p, p->config.listen, &handler, false, why));
    hub_log(&p->log, HUB_LOG_INFO, "aggregator.started", "listen=%s port=%u refused_tasks=%zu",
            p->config.listen, hub_http_server_port(p->server), aggregator_homes_refused(&p->homes));
    return HUB_OK;
}

static void run_until_stopped(struct program *p, const sigset_t *signals)
{
    const struct timespec pause = {.tv_sec = AGGREGATOR_AWAY_RETRY_S};

    for (;;) {
        const bool waits = aggregator_homes_wait(&p->homes);
        const int which = waits ? sigtimedwait(signals, NULL, &pause) : sigwaitinfo(signals, NULL);
        if (which == SIGHUP)
            aggregator_homes_reload(&p->homes);
        else if (which == -1 && errno == EAGAIN)
            aggregator_homes_retry(&p->homes);
        else if (which != -1 || errno != EINTR)
            return;
    }
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
    aggregator_homes_close(&p->homes);
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
