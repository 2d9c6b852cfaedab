/* Serves the office's pages: configuration in, a server with a few workers' views behind it. */
#include "office_run.h"

#include "base/log.h"
#include "http/server.h"
#include "office_config.h"
#include "page/office.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { VIEWS_MAX = 16, EXIT_WRONG_USE = 2 };

/* The views that no request uses at the moment. A server thread takes one, or makes one more. */
struct site {
    struct hub_office_config config;
    struct hub_clock clock;
    struct hub_log log;
    pthread_mutex_t lock;
    struct hub_office *idle[VIEWS_MAX];
    size_t n_idle;
};

static struct hub_office *take_view(struct site *site)
{
    struct hub_office *view = NULL;
    struct hub_why why = {""};

    (void)pthread_mutex_lock(&site->lock);
    if (site->n_idle > 0)
        view = site->idle[--site->n_idle];
    (void)pthread_mutex_unlock(&site->lock);
    if (view == NULL && hub_office_new(&view, &site->config, &site->clock, &why) != HUB_OK)
        hub_log(&site->log, HUB_LOG_WARN, "office.no_view", "reason=\"%s\"", why.text);
    return view;
}

static void give_view(struct site *site, struct hub_office *view)
{
    (void)pthread_mutex_lock(&site->lock);
    if (site->n_idle < VIEWS_MAX) {
        site->idle[site->n_idle++] = view;
        view = NULL;
    }
    (void)pthread_mutex_unlock(&site->lock);
    hub_office_free(view);
}

static void free_views(struct site *site)
{
    while (site->n_idle > 0)
        hub_office_free(site->idle[--site->n_idle]);
}

/* ---- one request ---- */

/* Nothing but this site's own style, script, fonts and pictures; no frame, no sender's address. */
static const struct hub_http_header safe_headers[] = {
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; img-src 'self'; "
     "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "same-origin"},
};
enum { N_SAFE = sizeof(safe_headers) / sizeof(safe_headers[0]), N_HEADERS_MAX = N_SAFE + 2 };

/* A picture that stands alone carries its style inside. */
static const struct hub_http_header picture_policy = {
    "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"};

static void send_answer(struct hub_http_request *req, struct hub_office_answer *answer)
{
    struct hub_http_header headers[N_HEADERS_MAX];
    char disposition[160];
    size_t n = N_SAFE;

    memcpy(headers, safe_headers, sizeof(safe_headers));
    if (strcmp(answer->content_type, "image/svg+xml") == 0)
        headers[0] = picture_policy;
    if (answer->encoding != NULL)
        headers[n++] = (struct hub_http_header){"Content-Encoding", answer->encoding};
    if (answer->file_name != NULL) {
        (void)snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"",
                       answer->file_name);
        headers[n++] = (struct hub_http_header){"Content-Disposition", disposition};
    }
    const struct hub_http_reply reply = {
        .status = answer->status,
        .content_type = answer->content_type,
        .cache_control = answer->is_asset ? "public, max-age=31536000, immutable" : "no-cache",
        .etag = answer->etag,
        .headers = headers,
        .n_headers = n,
    };
    hub_http_reply_move(req, &reply, &answer->body);
}

static void handle(void *self, struct hub_http_request *req)
{
    struct site *site = self;
    const enum hub_http_method method = hub_http_method(req);
    struct hub_office_answer answer = {0};

    if (method != HUB_HTTP_GET && method != HUB_HTTP_HEAD) {
        static const struct hub_http_header allow = {"Allow", "GET, HEAD"};
        const struct hub_http_reply refusal = {.status = 405, .headers = &allow, .n_headers = 1};
        hub_http_reply(req, &refusal);
        return;
    }
    struct hub_office *view = take_view(site);
    if (view == NULL) {
        hub_http_reply_status(req, 503, "the series database can't be opened", 5);
        return;
    }
    const hub_status status =
        hub_office_answer(view, &answer, hub_http_path(req), hub_http_query(req));
    if (status == HUB_OK)
        send_answer(req, &answer);
    else
        hub_http_reply_status(req, 503, NULL, 5);
    hub_office_answer_clear(&answer);
    give_view(site, view);
}

/* Pages are asked for, nothing is sent to them. */
static void refuse_body(void *self, struct hub_http_request *req)
{
    (void)self;
    hub_http_body_limit(req, 0);
}

/* ---- running ---- */

static hub_status start(struct hub_http_server **server, struct site *site,
                        const struct office_config *config, struct hub_why *why)
{
    char address[INET6_ADDRSTRLEN];
    struct hub_http_server_config http = hub_http_server_config();
    const struct hub_http_handler handler = {site, refuse_body, handle};

    HUB_TRY(hub_http_listen_parse(address, &http.port, config->listen, why));
    http.address = address;
    http.tls_cert_file = config->tls_cert;
    http.tls_key_file = config->tls_key;
    http.behind_proxy = config->behind_proxy;
    http.log = &site->log;
    return hub_http_server_new(server, &http, &handler, why);
}

static int fail(const char *what, hub_status status, const struct hub_why *why)
{
    (void)fprintf(stderr, "hubbub-office: %s\n", why->text[0] != '\0' ? why->text : what);
    return status == HUB_E_CONFIG ? EXIT_WRONG_USE : EXIT_FAILURE;
}

int hub_office_run(const char *config_path, const struct hub_clock *clock)
{
    static struct office_config config; /* six kilobytes of text, filled once */
    struct hub_http_server *server;
    struct hub_why why = {""};
    sigset_t stop;
    int number;

    hub_status status = office_config_load(&config, config_path, &why);
    if (status != HUB_OK) {
        (void)fail(hub_status_text(status), status, &why);
        return EXIT_WRONG_USE;
    }
    struct site site = {
        .config = {config.series, config.title, config.story, config.truth},
        .clock = *clock,
        .log = {stderr, HUB_LOG_INFO, "office"},
        .lock = PTHREAD_MUTEX_INITIALIZER,
    };
    /* Blocked before the server's threads start, so that only this one takes them. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &stop, NULL);

    status = start(&server, &site, &config, &why);
    if (status != HUB_OK)
        return fail(hub_status_text(status), status, &why);
    hub_log(&site.log, HUB_LOG_INFO, "office.listening", "port=%u", hub_http_server_port(server));
    (void)sigwait(&stop, &number);
    hub_http_server_free(server);
    free_views(&site);
    hub_log(&site.log, HUB_LOG_INFO, "office.stopped", "signal=%d", number);
    return EXIT_SUCCESS;
}

void hub_office_help(void)
{
    char text[4096];

    (void)office_config_help(text, sizeof(text));
    (void)fputs(text, stdout);
}
