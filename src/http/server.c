/* The server's life: start, connections and their deadlines, stop. */
#include "http/server_internal.h"

#include "base/file.h"
#include "base/wait.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEM_BYTES_MAX = 256 << 10, STOP_POLL_MS = 2, FINAL_SEND_MS = 2000 };

static const char tls_priorities[] = "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";

struct hub_http_server_config hub_http_server_config(void)
{
    return (struct hub_http_server_config){
        .address = "127.0.0.1",
        .n_connections_max = 2048,
        .n_connections_per_address_max = 0,
        .body_bytes_max = 1 << 20,
        .bodies_bytes_max = 64 << 20,
        .idle_ms_max = 60000,
        .receive_ms_max = 30000,
        .send_ms_max = 30000,
        .stop_ms_max = 10000,
    };
}

/* --- connections --- */

void hub_http_deadline_set(struct hub_http_connection *c, unsigned ms)
{
    atomic_store(&c->deadline_ms, ms == 0 ? 0 : hub_monotonic_ms() + ms);
}

static void connection_start(struct hub_http_server *s, struct MHD_Connection *mhd, void **context)
{
    const union MHD_ConnectionInfo *const info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct hub_http_connection *const c = calloc(1, sizeof(*c));

    *context = c;
    if (c == NULL) /* its requests will be refused */
        return;
    c->server = s;
    c->fd = info->connect_fd;
    hub_http_deadline_set(c, s->config.idle_ms_max);
    pthread_mutex_lock(&s->mutex);
    c->next = s->connections;
    if (c->next != NULL)
        c->next->previous = c;
    s->connections = c;
    pthread_mutex_unlock(&s->mutex);
}

static void connection_end(struct hub_http_server *s, void **context)
{
    struct hub_http_connection *const c = *context;

    if (c == NULL)
        return;
    pthread_mutex_lock(&s->mutex);
    if (c->previous != NULL)
        c->previous->next = c->next;
    else
        s->connections = c->next;
    if (c->next != NULL)
        c->next->previous = c->previous;
    pthread_mutex_unlock(&s->mutex);
    free(c);
    *context = NULL;
}

static void on_connection(void *server, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        connection_start(server, mhd, context);
    else
        connection_end(server, context); /* the socket is closed after this */
}

/* Shuts down the sockets whose time is up; their thread then sees an end of file. libmicrohttpd's
 * own timeout starts anew with each byte, so that a trickle would hold a connection for ever. */
static void reap(struct hub_http_server *s)
{
    const uint64_t now = hub_monotonic_ms();

    for (struct hub_http_connection *c = s->connections; c != NULL; c = c->next) {
        const uint64_t deadline = atomic_load(&c->deadline_ms);

        if (deadline != 0 && now > deadline)
            (void)shutdown(c->fd, SHUT_RDWR);
    }
}

static unsigned reaper_period_ms(const struct hub_http_server_config *c)
{
    unsigned least = c->idle_ms_max < c->receive_ms_max ? c->idle_ms_max : c->receive_ms_max;

    if (c->send_ms_max < least)
        least = c->send_ms_max;
    least /= 4;
    return least < 20 ? 20 : least > 1000 ? 1000 : least;
}

static void *reaper_main(void *server)
{
    struct hub_http_server *const s = server;
    const unsigned period_ms = reaper_period_ms(&s->config);

    pthread_mutex_lock(&s->mutex);
    while (!s->is_ending) {
        const struct timespec until = hub_in_us(period_ms * 1000ULL);
        (void)pthread_cond_timedwait(&s->wake, &s->mutex, &until);
        reap(s);
    }
    pthread_mutex_unlock(&s->mutex);
    return NULL;
}

/* --- start --- */

/* libmicrohttpd reports through this. Its words may hold what a client sent: only the start's are
 * kept. */
static void on_complaint(void *server, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void on_complaint(void *server, const char *format, va_list args)
{
    struct hub_http_server *const s = server;

    if (s->why == NULL)
        return;
    (void)vsnprintf(s->why->text, sizeof(s->why->text), format, args);
    s->why->text[strcspn(s->why->text, "\r\n")] = '\0';
}

static hub_status read_pem(struct hub_buf *out, const char *path, struct hub_why *why)
{
    if (path == NULL || path[0] == '\0')
        return hub_why(why, HUB_E_CONFIG,
                       "a certificate needs its key file, and a key its "
                       "certificate");
    HUB_TRY(hub_file_read(out, path, why));
    if (memchr(out->ptr, '\0', out->len) != NULL)
        return hub_why(why, HUB_E_CONFIG, "%.200s is no PEM file", path);
    HUB_TRY(hub_buf_append(out, hub_span_of("", 1)));
    return HUB_OK;
}

static hub_status daemon_start(struct hub_http_server *s, struct hub_why *why)
{
    const struct hub_http_server_config *const config = &s->config;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf cert = HUB_BUF_INIT(PEM_BYTES_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf key = HUB_BUF_INIT(PEM_BYTES_MAX);
    const bool has_cert = config->tls_cert_file != NULL && config->tls_cert_file[0] != '\0';
    const bool has_key = config->tls_key_file != NULL && config->tls_key_file[0] != '\0';
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    struct MHD_OptionItem options[8];
    size_t n = 0;

    if (has_cert || has_key) {
        HUB_TRY(read_pem(&cert, config->tls_cert_file, why));
        HUB_TRY(read_pem(&key, config->tls_key_file, why));
        flags |= MHD_USE_TLS;
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, cert.ptr};
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, key.ptr};
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                               hub_http_without_const(tls_priorities)};
    }
    if (config->n_threads > 1)
        options[n++] =
            (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)config->n_threads, NULL};
    if (config->n_connections_per_address_max != 0)
        options[n++] =
            (struct MHD_OptionItem){MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                    (intptr_t)config->n_connections_per_address_max, NULL};
    options[n++] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};

    struct hub_why complaint = {.text = "libmicrohttpd did not start"};
    s->why = &complaint;
    s->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, hub_http_on_access, s, MHD_OPTION_EXTERNAL_LOGGER, on_complaint, s,
        MHD_OPTION_LISTEN_SOCKET, s->listen_fd, MHD_OPTION_URI_LOG_CALLBACK, hub_http_on_target, s,
        MHD_OPTION_NOTIFY_COMPLETED, hub_http_on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HUB_HTTP_CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_LIMIT, config->n_connections_max, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    s->why = NULL;
    return s->daemon != NULL
               ? HUB_OK
               : hub_why(why, HUB_E_CONFIG, "the server can't start: %.250s", complaint.text);
}

static void server_clear(struct hub_http_server *s)
{
    if (s->listen_fd >= 0)
        (void)close(s->listen_fd);
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

static struct hub_http_server *server_alloc(const struct hub_http_server_config *config,
                                            const struct hub_http_handler *handler)
{
    struct hub_http_server *const s = calloc(1, sizeof(*s));

    if (s == NULL || hub_cond_init(&s->wake) != HUB_OK) {
        free(s);
        return NULL;
    }
    s->config = *config;
    s->handler = *handler;
    s->listen_fd = -1;
    pthread_mutex_init(&s->mutex, NULL);
    if (s->config.n_threads == 0) {
        const long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
        s->config.n_threads = n_cores < 1 ? 1 : (unsigned)n_cores;
    }
    if (s->config.n_connections_max < s->config.n_threads)
        s->config.n_connections_max = s->config.n_threads;
    return s;
}

static hub_status start(struct hub_http_server *s, struct hub_why *why)
{
    HUB_TRY(hub_http_listen_open(&s->listen_fd, &s->port, &s->config, why));
    HUB_TRY(daemon_start(s, why));
    if (pthread_create(&s->reaper, NULL, reaper_main, s) != 0) {
        (void)MHD_quiesce_daemon(s->daemon); /* the socket stays ours */
        MHD_stop_daemon(s->daemon);
        return hub_why(why, HUB_E_MEMORY, "no thread for the server's deadlines");
    }
    return HUB_OK;
}

hub_status hub_http_server_new(struct hub_http_server **out,
                               const struct hub_http_server_config *config,
                               const struct hub_http_handler *handler, struct hub_why *why)
{
    struct hub_http_server *const s = server_alloc(config, handler);

    if (s == NULL)
        return hub_why(why, HUB_E_MEMORY, "no memory for the server");
    const hub_status status = start(s, why);
    if (status != HUB_OK) {
        server_clear(s);
        return status;
    }
    hub_log(s->config.log, HUB_LOG_INFO, "http.listening", "address=%s port=%u tls=%s threads=%u",
            s->config.address, s->port,
            s->config.tls_cert_file != NULL && s->config.tls_cert_file[0] != '\0' ? "yes" : "no",
            s->config.n_threads);
    *out = s;
    return HUB_OK;
}

uint16_t hub_http_server_port(const struct hub_http_server *s)
{
    return s->port;
}

unsigned hub_http_server_in_flight(const struct hub_http_server *s)
{
    return atomic_load(&s->n_in_flight);
}

/* --- stop --- */

void hub_http_server_quiesce(struct hub_http_server *s)
{
    if (atomic_exchange(&s->is_quiescing, true))
        return;
    (void)MHD_quiesce_daemon(s->daemon);
    (void)close(s->listen_fd);
    s->listen_fd = -1;
}

/* True as soon as count is 0, false when the deadline has passed. */
static bool wait_for_zero(const atomic_uint *count, uint64_t deadline_ms)
{
    const struct timespec pause = {0, STOP_POLL_MS * 1000000L};

    while (atomic_load(count) != 0) {
        if (hub_monotonic_ms() > deadline_ms)
            return false;
        (void)nanosleep(&pause, NULL);
    }
    return true;
}

/* Answers what handlers still hold; libmicrohttpd must have nothing suspended when it stops. */
static unsigned refuse_handed(struct hub_http_server *s)
{
    const struct hub_problem p = hub_problem(MHD_HTTP_SERVICE_UNAVAILABLE, NULL,
                                             hub_http_status_text(503), "the server is stopping");
    unsigned n_refused = 0;

    pthread_mutex_lock(&s->mutex);
    for (struct hub_http_connection *c = s->connections; c != NULL; c = c->next) {
        struct hub_http_request *const req = c->request;

        /* Handed over and quiet; one that is just being handed over comes in the next round. */
        if (req == NULL || atomic_load(&req->phase) != HUB_HTTP_SUSPENDED)
            continue;
        if (hub_http_answer(req, p.status, hub_http_problem_response(&p, 1))) {
            atomic_fetch_sub(&s->n_handed, 1);
            n_refused++;
        }
    }
    pthread_mutex_unlock(&s->mutex);
    return n_refused;
}

void hub_http_server_free(struct hub_http_server *s)
{
    if (s == NULL)
        return;
    unsigned n_refused = 0;

    hub_http_server_quiesce(s);
    (void)wait_for_zero(&s->n_in_flight, hub_monotonic_ms() + s->config.stop_ms_max);
    atomic_store(&s->is_refusing, true);
    while (!wait_for_zero(&s->n_handed, hub_monotonic_ms() + STOP_POLL_MS))
        n_refused += refuse_handed(s);
    (void)wait_for_zero(&s->n_in_flight, hub_monotonic_ms() + FINAL_SEND_MS);

    pthread_mutex_lock(&s->mutex);
    s->is_ending = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->mutex);
    pthread_join(s->reaper, NULL);
    MHD_stop_daemon(s->daemon);
    hub_log(s->config.log, HUB_LOG_INFO, "http.stopped", "refused=%u", n_refused);
    server_clear(s);
}
