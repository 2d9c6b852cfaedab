/* The HTTP surface of a leader and a helper: raw bytes on a socket into real servers with all their
 * routes, in this process, the databases in memory. A request in the corpus says $T for the task's
 * id, $L, $C and $S for the tokens of leader, collector and service, $1 to $4 for bodies that are
 * valid (upload, aggregation job, collection, aggregate share) and $# for the number of bytes that
 * follow the blank line. The first byte tells whom it goes to.
 *
 * Whatever comes, the answer is a response that is no 500, or none and the connection closed, soon.
 */
#include "codecs.h"

#include "../parties/pair.h"
#include "aggregator/call.h"
#include "collector/result.h"
#include "serve/handler.h"
#include "wire/aggregation_job.h"
#include "wire/collection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    N_BODIES = 4,
    BODY_MAX = 1 << 16,
    REQUEST_MAX = 1 << 20,
    ANSWER_MAX = 1 << 16,
    ANSWER_MS_MAX = 20000,
    MORE_MS_MAX = 5, /* for a second answer on a connection that stays open */
    IDLE_MS_MAX = 60,
    HEALTH_EVERY = 256
};

struct site {
    bool is_open;
    struct pair pair;
    struct aggregator_home homes[2];
    struct aggregator_serve serves[2];
    struct hub_http_server *servers[2];
    struct hub_buf bodies[N_BODIES];
    unsigned n_requests;
};

static _Noreturn void give_up(const char *what)
{
    (void)fprintf(stderr, "http: %s\n", what);
    abort();
}

static void must(hub_status status, const char *what)
{
    if (status != HUB_OK)
        give_up(what);
}

/* The leader's first request for three reports that nobody can open: it is well-formed. */
static void make_job(struct hub_buf *out, uint64_t window)
{
    static const uint8_t bytes[64] = {5};
    static const uint8_t message[69] = {0, 0, 0, 0, 64};
    struct hub_verify_init list[3] = {0};
    const struct hub_aggregation_job_init_req req = {0};

    for (size_t i = 0; i < 3; i++) {
        list[i].metadata.id[0] = (uint8_t)i;
        list[i].metadata.time = window;
        list[i].encrypted_input_share = (struct hub_ciphertext){
            .config_id = 2, .enc = hub_span_of(bytes, 32), .payload = HUB_SPAN_ARRAY(bytes)};
        list[i].payload = HUB_SPAN_ARRAY(message);
    }
    must(hub_aggregation_job_init_req_encode(out, &req, list, 3), "no aggregation job");
}

static void make_bodies(struct site *s)
{
    struct pair *p = &s->pair;
    uint64_t window = pair_window(p);
    struct hub_parcel parcel = {.body = HUB_BUF_INIT(BODY_MAX)};
    struct hub_aggregate_share_req share = {.report_count = 3};

    for (size_t i = 0; i < N_BODIES; i++)
        s->bodies[i] = (struct hub_buf)HUB_BUF_INIT(BODY_MAX);
    for (unsigned i = 0; i < 3; i++)
        pair_report(p, &parcel, HUB_PARCEL_GOOD, i % 2);
    hub_buf_move(&s->bodies[0], &parcel.body);
    make_job(&s->bodies[1], window);
    must(hub_collection_request(&s->bodies[2], p->collected.task, window * 3600, 3600),
         "no collection");
    must(hub_collection_job_req_decode(&share.collection_job_req, hub_buf_span(&s->bodies[2])),
         "no collection");
    share.batch_selector =
        (struct hub_batch_selector){.mode = HUB_BATCH_TIME_INTERVAL, .interval = {window, 1}};
    must(hub_aggregate_share_req_encode(&s->bodies[3], &share), "no request for a share");
}

static struct site the_site;

/* At exit, before libcrypto gives up what its threads hold. */
static void close_site(void)
{
    struct site *s = &the_site;

    for (unsigned i = 0; i < 2; i++)
        hub_http_server_free(s->servers[i]);
    for (size_t i = 0; i < N_BODIES; i++)
        hub_buf_clear(&s->bodies[i]);
    pair_close(&s->pair);
}

/* Opened by the first input and kept for all. */
static struct site *open_site(void)
{
    struct site *site = &the_site;
    struct hub_http_server_config config = hub_http_server_config();
    const struct pair_options options = {.n_services = 1,
                                         .root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NULL};
    struct hub_why why = {0};

    if (site->is_open)
        return site;
    (void)signal(SIGPIPE, SIG_IGN);
    pair_open(&site->pair, &options);
    make_bodies(site);
    site->homes[0].party = site->pair.leader_party;
    atomic_store(&site->homes[0].leader, site->pair.leader);
    site->homes[1].party = site->pair.helper_party;
    atomic_store(&site->homes[1].helper, site->pair.helper);
    for (unsigned i = 0; i < 2; i++) {
        atomic_store(&site->homes[i].is_open, true);
        site->serves[i].homes = &site->homes[i];
        site->serves[i].n_homes = 1;
    }
    config.address = "127.0.0.1";
    config.n_threads = 1;
    config.idle_ms_max = IDLE_MS_MAX; /* so that a request cut short is soon over */
    config.receive_ms_max = IDLE_MS_MAX;
    config.n_connections_per_address_max = 0;
    for (unsigned i = 0; i < 2; i++) {
        const struct hub_http_handler handler = aggregator_handler(&site->serves[i]);

        must(hub_http_server_new(&site->servers[i], &config, &handler, &why), why.text);
    }
    site->is_open = true;
    (void)atexit(close_site);
    return site;
}

/* ---- Requests */

static void append_text(struct hub_buf *out, const char *text)
{
    must(hub_buf_append(out, hub_span_text(text)), "a request is too long");
}

/* What $c stands for; false if it stands for itself. */
static bool append_named(struct hub_buf *out, const struct site *s, uint8_t c)
{
    if (c >= '1' && c < '1' + N_BODIES)
        must(hub_buf_append(out, hub_buf_span(&s->bodies[c - '1'])), "a request is too long");
    else if (c == 'T')
        append_text(out, s->pair.task->label);
    else if (c == 'L')
        append_text(out, "leader-to-helper");
    else if (c == 'C')
        append_text(out, "collector-to-leader");
    else if (c == 'S')
        append_text(out, pair_service_token(0));
    else
        return false;
    return true;
}

/* length_at: where $# stood, or what it was. */
static void expand(struct hub_buf *out, size_t *length_at, const struct site *s, hub_span bytes)
{
    for (size_t i = 0; i < bytes.len && out->len < REQUEST_MAX / 2; i++) {
        bool is_named = bytes.ptr[i] == '$' && i + 1 < bytes.len;

        if (is_named && bytes.ptr[i + 1] == '#') {
            *length_at = out->len;
            i++;
        } else if (is_named && append_named(out, s, bytes.ptr[i + 1])) {
            i++;
        } else {
            must(hub_buf_append(out, hub_span_slice(bytes, i, 1)), "a request is too long");
        }
    }
}

static void make_request(struct hub_buf *out, const struct site *s, hub_span bytes)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf all = HUB_BUF_INIT(REQUEST_MAX);
    size_t length_at = SIZE_MAX;
    char number[24];

    expand(&all, &length_at, s, bytes);
    if (length_at == SIZE_MAX) {
        hub_buf_move(out, &all);
        return;
    }
    const uint8_t *blank = memmem(all.ptr, all.len, "\r\n\r\n", 4);
    size_t n = blank == NULL ? 0 : all.len - (size_t)(blank + 4 - all.ptr);
    (void)snprintf(number, sizeof(number), "%zu", n);
    must(hub_buf_append(out, hub_span_of(all.ptr, length_at)), "a request is too long");
    append_text(out, number);
    must(hub_buf_append(out, hub_span_of(all.ptr + length_at, all.len - length_at)),
         "a request is too long");
}

/* ---- Exchanges */

/* From an address of its own each time: a port that just served may not be taken again soon. */
static int connect_to(struct site *s, unsigned which)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(hub_http_server_port(s->servers[which])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + s->n_requests % 4096);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&from, sizeof(from)) != 0 ||
        connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        give_up("no connection");
    return fd;
}

/* Sends what the server takes and reads what it says, in turns, until it closes or has answered. */
static size_t exchange(struct site *s, unsigned which, hub_span request, char *answer)
{
    int fd = connect_to(s, which);
    struct pollfd p = {fd, POLLIN | POLLOUT, 0};
    size_t sent = 0;
    size_t n = 0;

    s->n_requests++;
    for (;;) {
        char rest[4096];
        char *to = n < ANSWER_MAX ? answer + n : rest;
        size_t room = n < ANSWER_MAX ? ANSWER_MAX - n : sizeof(rest);

        p.events = (short)(sent < request.len ? POLLIN | POLLOUT : POLLIN);
        int ready = poll(&p, 1, n != 0 && sent == request.len ? MORE_MS_MAX : ANSWER_MS_MAX);
        if (ready == 0 && n != 0)
            break;
        if (ready < 0 && errno == EINTR) /* the fuzzer's own alarm */
            continue;
        if (ready != 1)
            give_up("a server neither answers nor closes");
        if (sent < request.len && (p.revents & POLLOUT) != 0) {
            ssize_t some =
                send(fd, request.ptr + sent, request.len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

            sent = some < 0 ? request.len : sent + (size_t)some;
        }
        if (sent == request.len)
            (void)shutdown(fd, SHUT_WR);
        if ((p.revents & (POLLIN | POLLHUP | POLLERR)) == 0)
            continue;
        ssize_t got = recv(fd, to, room, 0);
        if (got <= 0)
            break;
        n = n < ANSWER_MAX ? n + (size_t)got : n;
    }
    (void)close(fd);
    return n;
}

/* The number in a status line; 0 if it is none. */
static unsigned status_of(const char *answer, size_t n)
{
    static const char version[] = "HTTP/1.";
    char number[4] = "";

    if (n < 12 || memcmp(answer, version, strlen(version)) != 0)
        return 0;
    memcpy(number, answer + 9, 3);
    return (unsigned)strtoul(number, NULL, 10);
}

static void check_health(struct site *s, char *answer)
{
    static const char request[] = "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    for (unsigned i = 0; i < 2; i++) {
        size_t n = exchange(s, i, hub_span_text(request), answer);

        if (status_of(answer, n) != 200)
            give_up("a server is not well any more");
    }
}

static hub_status http(hub_span bytes)
{
    static char answer[ANSWER_MAX];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(REQUEST_MAX);
    struct site *s = open_site();

    if (bytes.len == 0)
        return HUB_E_DECODE;
    make_request(&request, s, hub_span_slice(bytes, 1, bytes.len - 1));
    size_t n = exchange(s, bytes.ptr[0] % 2, hub_buf_span(&request), answer);
    unsigned status = status_of(answer, n);
    if ((n != 0 && status == 0) || status == 500)
        return HUB_E_CONFLICT;
    if (s->n_requests % HEALTH_EVERY == 0)
        check_health(s, answer);
    return status >= 200 && status < 300 ? HUB_OK : HUB_E_DECODE;
}

const struct hub_codec hub_codecs[] = {
    {"HttpAggregators", http},
    {NULL, NULL},
};
