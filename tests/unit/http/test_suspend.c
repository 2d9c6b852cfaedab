/* Requests that are answered later, by others, or never in time. */
#include "serving.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static struct hub_http_server_config usual(void)
{
    struct hub_http_server_config c = hub_http_server_config();

    c.n_threads = 2;
    return c;
}

static int post_later(uint16_t port, unsigned n)
{
    char request[256];
    const int fd = wire_connect(port);

    (void)snprintf(request, sizeof(request),
                   "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: %u\r\n\r\n%0*d", n, (int)n,
                   0);
    wire_send(fd, request);
    return fd;
}

static void many_at_once(void **state)
{
    (void)state;
    enum { N = 400 };
    struct serving s;
    int fds[N];
    char out[1024];
    char want[16];
    const struct hub_http_server_config config = usual();

    serving_start(&s, &config);
    for (unsigned i = 0; i < N; i++)
        fds[i] = post_later(s.port, 1 + i % 97);
    serving_wait_held(&s, N);
    assert_int_equal(hub_http_server_in_flight(s.server), N);
    assert_int_equal(serving_release(&s), N);
    for (unsigned i = 0; i < N; i++) {
        assert_true(wire_read_response(fds[i], out, sizeof(out), 10000) > 0);
        (void)snprintf(want, sizeof(want), "\r\n\r\n%u", 1 + i % 97);
        assert_string_equal(strstr(out, "\r\n\r\n"), want);
        (void)close(fds[i]);
    }
    serving_stop(&s);
}

/* A thread that answers as fast as it can: often before the connection is suspended. */
static void *release_loop(void *self)
{
    struct serving *const s = self;
    size_t n = 0;

    while (n < 2000)
        n += serving_release(s);
    return NULL;
}

static void raced_answers(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    pthread_t thread;
    const struct hub_http_server_config config = usual();
    int fds[4];

    serving_start(&s, &config);
    for (size_t i = 0; i < 4; i++)
        fds[i] = wire_connect(s.port);
    assert_int_equal(pthread_create(&thread, NULL, release_loop, &s), 0);
    for (unsigned i = 0; i < 500; i++) {
        for (size_t k = 0; k < 4; k++)
            wire_send(fds[k], "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab");
        for (size_t k = 0; k < 4; k++) {
            assert_true(wire_read_response(fds[k], out, sizeof(out), 10000) > 0);
            assert_string_equal(strstr(out, "\r\n\r\n"), "\r\n\r\n2");
        }
    }
    pthread_join(thread, NULL);
    for (size_t i = 0; i < 4; i++)
        (void)close(fds[i]);
    serving_stop(&s);
}

static void client_gone(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    const struct hub_http_server_config config = usual();

    serving_start(&s, &config);
    for (unsigned i = 0; i < 20; i++)
        (void)close(post_later(s.port, 5));
    serving_wait_held(&s, 20);
    assert_int_equal(serving_release(&s), 20);
    for (unsigned i = 0; i < 5000 && hub_http_server_in_flight(s.server) != 0; i++)
        sleep_ms(1);
    assert_int_equal(hub_http_server_in_flight(s.server), 0);
    assert_int_equal(atomic_load(&s.n_contexts), 0);
    wire_exchange(s.port, "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", out,
                  sizeof(out));
    assert_non_null(strstr(out, "\r\n\r\nhello"));
    serving_stop(&s);
}

static void *stop(void *self)
{
    struct serving *const s = self;

    hub_http_server_free(s->server);
    return NULL;
}

/* A stop waits for what is in flight: a held request, and one whose body is still coming. */
static void graceful_stop(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    pthread_t thread;
    const struct hub_http_server_config config = usual();

    serving_start(&s, &config);
    const int held = post_later(s.port, 7);
    const int idle = wire_connect(s.port);
    const int half = wire_connect(s.port);
    wire_send(half, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc");
    serving_wait_held(&s, 1);
    for (unsigned i = 0; i < 5000 && hub_http_server_in_flight(s.server) != 2; i++)
        sleep_ms(1);
    assert_int_equal(hub_http_server_in_flight(s.server), 2);
    assert_int_equal(pthread_create(&thread, NULL, stop, &s), 0);
    sleep_ms(100);
    wire_send(half, "def");
    assert_true(wire_read_all(half, out, sizeof(out), 5000) > 0); /* closed after it */
    assert_non_null(strstr(out, "Connection: close\r\n"));
    assert_non_null(strstr(out, "\r\n\r\nabcdef"));
    assert_int_equal(serving_release(&s), 1);
    assert_true(wire_read_all(held, out, sizeof(out), 5000) > 0);
    assert_non_null(strstr(out, "\r\n\r\n7"));
    pthread_join(thread, NULL);
    assert_int_equal(wire_read_all(idle, out, sizeof(out), 5000), 0);
    (void)close(held);
    (void)close(idle);
    (void)close(half);
    s.server = NULL;
    serving_stop(&s);
}

/* What a handler does not answer in time gets 503, and its late answer goes nowhere. */
static void stop_deadline(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    struct hub_http_server_config config = usual();

    config.stop_ms_max = 100;
    serving_start(&s, &config);
    const int fd = post_later(s.port, 7);
    const int gone = post_later(s.port, 8);
    serving_wait_held(&s, 2);
    (void)close(gone);
    const uint64_t before = hub_monotonic_ms();
    hub_http_server_free(s.server);
    assert_true(hub_monotonic_ms() - before < 2000);
    s.server = NULL;
    assert_true(wire_read_all(fd, out, sizeof(out), 5000) > 0);
    assert_memory_equal(out, "HTTP/1.1 503 ", 13);
    assert_int_equal(atomic_load(&s.n_contexts), 2); /* the handler still has them */
    assert_int_equal(serving_release(&s), 2);
    (void)close(fd);
    serving_stop(&s);
}

static void keep_alive_and_pipelines(void **state)
{
    (void)state;
    struct serving s;
    char out[4096];
    const struct hub_http_server_config config = usual();

    serving_start(&s, &config);
    const int fd = wire_connect(s.port);
    wire_send(fd, "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\na"
                  "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: "
                  "close\r\n\r\nbc");
    serving_wait_held(&s, 1);
    assert_int_equal(serving_release(&s), 1);
    assert_true(wire_read_all(fd, out, sizeof(out), 5000) > 0);
    char *const second = strstr(out + 1, "HTTP/1.1 200 ");
    assert_non_null(second);
    assert_non_null(strstr(second, "\r\n\r\nbc"));
    (void)close(fd);
    serving_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_at_once),  cmocka_unit_test(raced_answers),
        cmocka_unit_test(client_gone),   cmocka_unit_test(graceful_stop),
        cmocka_unit_test(stop_deadline), cmocka_unit_test(keep_alive_and_pipelines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
