/* Requests a second through the server and the crowd client, in one process over loopback: what
 * HTTP alone costs. "later" is answered by another thread, as uploads are after their commit.
 *
 *   bench_http [SECONDS]      one JSON line a case */
#include "http/client.h"
#include "http/server.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_HELD = 256, N_ROUNDS = 5, REPORT_BYTES = 2600 };

struct desk {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    struct hub_http_request *held[N_HELD];
    size_t n_held;
    bool is_closing;
};

static void reply_ok(struct hub_http_request *req)
{
    hub_http_reply(req, &(struct hub_http_reply){.status = 200});
}

static void on_body(void *self, struct hub_http_request *req)
{
    struct desk *const d = self;

    if (hub_http_method(req) == HUB_HTTP_GET) {
        reply_ok(req);
        return;
    }
    pthread_mutex_lock(&d->mutex);
    d->held[d->n_held++] = req; /* at most one a connection, fewer than N_HELD */
    pthread_cond_signal(&d->filled);
    pthread_mutex_unlock(&d->mutex);
}

/* Takes all that wait and answers them, as the writer does after a commit. */
static void *answer_held(void *self)
{
    struct desk *const d = self;
    struct hub_http_request *taken[N_HELD];

    for (;;) {
        pthread_mutex_lock(&d->mutex);
        while (d->n_held == 0 && !d->is_closing)
            pthread_cond_wait(&d->filled, &d->mutex);
        const size_t n = d->n_held;
        memcpy((void *)taken, (void *)d->held, n * sizeof(taken[0]));
        d->n_held = 0;
        pthread_mutex_unlock(&d->mutex);
        if (n == 0)
            return NULL;
        for (size_t i = 0; i < n; i++)
            reply_ok(taken[i]);
    }
}

struct lap {
    struct hub_http_crowd *crowd;
    struct hub_http_call call;
    uint64_t until_ms;
    size_t n_done;
    size_t n_failed;
};

static void again(void *self, hub_status status, struct hub_http_response *response)
{
    struct lap *const l = self;

    if (status == HUB_OK && response->status == 200)
        l->n_done++;
    else
        l->n_failed++;
    if (hub_monotonic_ms() < l->until_ms &&
        hub_http_crowd_submit(l->crowd, &l->call, again, l) != HUB_OK)
        l->n_failed++;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static bool run_case(const char *name, const struct hub_http_call *call, unsigned n_connections,
                     double seconds)
{
    struct hub_http_client_config config = hub_http_client_config();
    struct lap l = {.call = *call};
    double rates[N_ROUNDS];

    config.n_connections_max = n_connections;
    if (hub_http_crowd_new(&l.crowd, &config) != HUB_OK)
        return false;
    for (size_t round = 0; round < N_ROUNDS; round++) {
        const uint64_t start_ms = hub_monotonic_ms();
        l.n_done = 0;
        l.until_ms = start_ms + (uint64_t)(seconds * 1000 / N_ROUNDS);
        for (unsigned i = 0; i < n_connections; i++) {
            if (hub_http_crowd_submit(l.crowd, call, again, &l) != HUB_OK)
                l.n_failed++;
        }
        if (hub_http_crowd_run(l.crowd) != HUB_OK)
            l.n_failed++;
        rates[round] = (double)l.n_done * 1000 / (double)(hub_monotonic_ms() - start_ms);
    }
    hub_http_crowd_free(l.crowd);
    qsort(rates, N_ROUNDS, sizeof(rates[0]), by_size);
    (void)printf("{\"bench\":\"http\",\"case\":\"%s\",\"body_bytes\":%zu,\"connections\":%u,"
                 "\"requests_per_s\":%.0f,\"least\":%.0f,\"most\":%.0f,\"failed\":%zu,"
                 "\"compiler\":\"%s\"}\n",
                 name, call->body.len, n_connections, rates[N_ROUNDS / 2], rates[0],
                 rates[N_ROUNDS - 1], l.n_failed, __VERSION__);
    return l.n_failed == 0;
}

static bool run_all(uint16_t port, double seconds)
{
    char url[64];
    uint8_t *const body = calloc(100, REPORT_BYTES);
    bool is_good = body != NULL;

    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
    const struct hub_http_call get = {.method = HUB_HTTP_GET, .url = url};
    struct hub_http_call post = {
        .method = HUB_HTTP_POST, .url = url, .body = hub_span_of(body, REPORT_BYTES)};
    is_good = is_good && run_case("get", &get, 1, seconds) && run_case("get", &get, 16, seconds) &&
              run_case("later", &post, 1, seconds) && run_case("later", &post, 16, seconds);
    post.body.len = (size_t)100 * REPORT_BYTES;
    is_good = is_good && run_case("later", &post, 8, seconds);
    free(body);
    return is_good;
}

int main(int argc, char **argv)
{
    struct desk desk = {.mutex = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};
    const struct hub_http_handler handler = {.self = &desk, .body = on_body};
    const struct hub_http_server_config config = hub_http_server_config();
    struct hub_http_server *server = NULL;
    struct hub_why why;
    pthread_t thread;
    const double seconds = argc > 1 ? strtod(argv[1], NULL) : 2;

    (void)signal(SIGPIPE, SIG_IGN);
    if (hub_http_server_new(&server, &config, &handler, &why) != HUB_OK ||
        pthread_create(&thread, NULL, answer_held, &desk) != 0)
        return 1;
    const bool is_good = run_all(hub_http_server_port(server), seconds);
    hub_http_server_free(server);
    pthread_mutex_lock(&desk.mutex);
    desk.is_closing = true;
    pthread_cond_signal(&desk.filled);
    pthread_mutex_unlock(&desk.mutex);
    pthread_join(thread, NULL);
    return is_good ? 0 : 1;
}
