/* More than a leader can take: clients that trickle, bodies that fill its memory, a helper that is
 * stopped. It says 503 with Retry-After meanwhile, is as quick as before when that is over, and
 * every acknowledged report is counted once. Takes about fifteen seconds. */
#include "place.h"

#include "base/text.h"
#include "wire/media_type.h"
#include "wire/upload.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
    DAY = 20500,
    DAY_S = 86400,
    UPLOADERS = 8,
    BATCH = 20,
    SLOW = 200,               /* connections that send half a request line */
    TRICKLES = 250,           /* and those that send a body for ever: together more than */
    TRICKLE_ANNOUNCED = 6000, /* bodies_bytes_max, and each less than an upload */
    TRICKLE_BYTES = 5000,
    CALM_MS = 2500,
    STORM_MS = 4000
};

static const char *program;

static uint64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void sleep_ms(unsigned ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

/* ---- Clients that wait for their answers */

struct load {
    struct place *p;
    atomic_bool stop;
    atomic_uint n_acknowledged; /* reports */
    atomic_uint n_refused;      /* 503s */
    atomic_uint n_lost;         /* requests without an answer */
};

/* Sends until it is acknowledged, however often that is refused. */
static void send_batch(struct load *l, struct hub_http_client *client, const struct hub_parcel *b)
{
    struct hub_http_response response = {0};
    char path[PLACE_PATH_MAX];
    size_t n_errors = 0;

    place_path(l->p, path, "reports");
    for (;;) {
        const hub_status status =
            place_fetch(l->p, client, PLACE_LEADER, &response, HUB_HTTP_POST, path,
                        hub_media_type(HUB_MESSAGE_UPLOAD_REQ), NULL, hub_buf_span(&b->body));
        if (status == HUB_OK && response.status == 200)
            break;
        if (status == HUB_OK) {
            assert_int_equal(response.status, 503);
            assert_true(response.has_retry_after);
            l->n_refused++;
        } else {
            l->n_lost++;
        }
        sleep_ms(20); /* no patience */
    }
    if (response.body.len != 0) { /* only what an answer that was lost has acknowledged */
        struct hub_upload_status errors[BATCH];
        assert_int_equal(HUB_OK, hub_upload_errors_count(&n_errors, hub_buf_span(&response.body)));
        assert_in_range(n_errors, 1, BATCH);
        assert_int_equal(HUB_OK,
                         hub_upload_errors_decode(errors, n_errors, hub_buf_span(&response.body)));
        for (size_t i = 0; i < n_errors; i++)
            assert_int_equal(errors[i].error, HUB_REPORT_REPLAYED);
    }
    l->n_acknowledged += BATCH;
    hub_http_response_clear(&response);
}

static void *upload(void *arg)
{
    struct load *l = arg;
    struct place *p = l->p;
    struct hub_http_client *client = place_client(p);
    struct hub_maker *maker;
    const struct hub_measurement one = {.number = 1};

    assert_int_equal(HUB_OK, hub_maker_new(&maker, p->task, p->vdaf, &p->configs[PLACE_LEADER],
                                           &p->configs[PLACE_HELPER], &p->rng));
    while (!l->stop) {
        struct hub_parcel parcel = {.body = HUB_BUF_INIT(4 << 20)};
        for (int i = 0; i < BATCH; i++)
            assert_int_equal(HUB_OK, hub_maker_add(maker, &parcel, DAY, &one));
        send_batch(l, client, &parcel);
        hub_parcel_clear(&parcel);
    }
    hub_maker_free(maker);
    hub_http_client_free(client);
    return NULL;
}

/* Reports acknowledged a second. between: what happens meanwhile. */
static unsigned load_for(struct load *l, unsigned ms, void (*between)(void *), void *self)
{
    pthread_t threads[UPLOADERS];
    const unsigned n_before = l->n_acknowledged;
    const uint64_t began_ms = now_ms();

    l->stop = false;
    for (int i = 0; i < UPLOADERS; i++)
        assert_int_equal(0, pthread_create(&threads[i], NULL, upload, l));
    while (now_ms() - began_ms < ms) {
        if (between != NULL)
            between(self);
        sleep_ms(20);
    }
    const unsigned n = l->n_acknowledged - n_before;
    l->stop = true;
    if (between != NULL)
        between(NULL); /* over: the last batches get through */
    for (int i = 0; i < UPLOADERS; i++)
        pthread_join(threads[i], NULL);
    return (unsigned)((uint64_t)n * 1000 / ms);
}

/* ---- Clients that do not */

static int connect_to(const struct place *p, int which)
{
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons(p->parties[which].port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    if (connect(fd, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        (void)close(fd);
        return -1;
    }
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

static void open_slow(const struct place *p, int fds[SLOW])
{
    for (int i = 0; i < SLOW; i++) {
        fds[i] = connect_to(p, PLACE_LEADER);
        if (fds[i] >= 0)
            (void)!write(fds[i], "POST /tasks/", 12);
    }
}

static void close_all(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]);
        fds[i] = -1;
    }
}

static struct trickle {
    struct place *p;
    int fds[TRICKLES];
} trickle;

static void begin_trickle(int *fd)
{
    static const char zeros[TRICKLE_BYTES];
    char path[PLACE_PATH_MAX];
    char head[512];

    place_path(trickle.p, path, "reports");
    const int n = snprintf(head, sizeof(head),
                           "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: "
                           "%d\r\n\r\n",
                           path, hub_media_type(HUB_MESSAGE_UPLOAD_REQ), TRICKLE_ANNOUNCED);
    *fd = connect_to(trickle.p, PLACE_LEADER);
    if (*fd >= 0 && write(*fd, head, (size_t)n) == n)
        (void)!write(*fd, zeros, sizeof(zeros));
}

/* A byte more from each; those that were thrown out come again at once. */
static void storm(void *self)
{
    if (self == NULL) {
        close_all(trickle.fds, TRICKLES);
        (void)kill(trickle.p->parties[PLACE_HELPER].pid, SIGCONT);
        return;
    }
    for (int i = 0; i < TRICKLES; i++) {
        if (trickle.fds[i] >= 0 && write(trickle.fds[i], "", 1) != 1 && errno != EAGAIN) {
            (void)close(trickle.fds[i]);
            trickle.fds[i] = -1;
        }
        if (trickle.fds[i] < 0)
            begin_trickle(&trickle.fds[i]);
    }
}

/* ---- The test */

static void add_options(struct place *p, const char *lines)
{
    FILE *f;

    assert_int_equal(0, place_stop(p, PLACE_LEADER));
    f = fopen(p->parties[PLACE_LEADER].config, "ae");
    assert_non_null(f);
    (void)fputs(lines, f);
    (void)fclose(f);
    place_start_await(p, PLACE_LEADER);
}

static void check_total(struct place *p, uint64_t n_acknowledged)
{
    struct hub_http_client *client = place_client(p);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(4096);
    struct hub_collection c = {0};
    struct hub_why why = {0};
    char problem[128];

    hub_stepped_clock_advance(&p->clock, (uint64_t)(DAY + 5) * DAY_S);
    assert_int_equal(2, place_collect(p, client, DAY, 1, &body, problem, 30000) / 100);
    assert_int_equal(HUB_OK, hub_collection_request(&request, p->task, DAY, 1));
    assert_int_equal(HUB_OK, hub_collection_open(&c, &p->collected, hub_buf_span(&request),
                                                 hub_buf_span(&body), &why));
    assert_int_equal(c.n_reports, n_acknowledged);
    assert_int_equal(c.totals[0], (int64_t)n_acknowledged);
    hub_collection_clear(&c);
    hub_http_client_free(client);
}

static void a_storm_passes_and_nothing_is_lost(void **state)
{
    const struct hub_statement s = place_count_statement(DAY);
    struct place p;
    struct load load = {.p = &p};
    int slow[SLOW];
    (void)state;

    place_open(&p, program, "none", &s, (uint64_t)DAY * DAY_S + 3600, 0, false);
    add_options(&p, "bodies_bytes_max = 1048576\nqueue_bytes_max = 65536\nreceive_s = 2\n");

    const unsigned alone = load_for(&load, CALM_MS, NULL, NULL);
    open_slow(&p, slow); /* they hold no thread: the others go on */
    const unsigned beside = load_for(&load, CALM_MS, NULL, NULL);
    assert_int_equal(load.n_lost, 0);
    const unsigned n_before = load.n_refused;

    trickle = (struct trickle){.p = &p};
    memset(trickle.fds, -1, sizeof(trickle.fds));
    (void)kill(p.parties[PLACE_HELPER].pid, SIGSTOP);
    const unsigned under = load_for(&load, STORM_MS, storm, &trickle);
    const unsigned n_refused = load.n_refused - n_before;

    close_all(slow, SLOW);
    const unsigned after = load_for(&load, CALM_MS, NULL, NULL);
    (void)printf("reports/s: alone %u, beside %d slow clients %u, in the storm %u (503: %u, no "
                 "answer: %u), after it %u; leader's memory at most %llu kB\n",
                 alone, SLOW, beside, under, n_refused, load.n_lost, after,
                 (unsigned long long)place_memory_kb(&p, PLACE_LEADER));
    assert_true(n_refused > 0);
    /* other work on this machine moves these; a thread that was held would show as nearly zero */
    assert_true(beside > alone / 4);
    assert_true(after > alone / 4);
    check_total(&p, load.n_acknowledged);
    assert_int_equal(0, place_stop(&p, PLACE_LEADER));
    place_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_storm_passes_and_nothing_is_lost),
    };
    if (argc != 2)
        return 2;
    program = argv[1];
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("overload", tests, NULL, NULL);
}
