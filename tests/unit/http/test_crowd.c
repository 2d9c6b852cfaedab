/* Thousands of requests over few connections. */
#include "serving.h"

#include "http/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 3000 };

struct tally {
    struct hub_http_crowd *crowd;
    struct hub_http_call again; /* submitted once more by the first done, if it has a URL */
    unsigned n_ok;
    unsigned n_failed;
    hub_status last;
};

static void count(void *self, hub_status status, struct hub_http_response *response)
{
    struct tally *const t = self;

    t->last = status;
    if (status == HUB_OK && response->status == 200)
        t->n_ok++;
    else
        t->n_failed++;
    if (t->again.url != NULL) {
        const struct hub_http_call call = t->again;
        t->again.url = NULL;
        t->last = hub_http_crowd_submit(t->crowd, &call, count, t);
    }
}

static struct hub_http_crowd *crowd_of(unsigned n_connections)
{
    struct hub_http_client_config config = hub_http_client_config();
    struct hub_http_crowd *c = NULL;

    config.n_connections_max = n_connections;
    assert_int_equal(hub_http_crowd_new(&c, &config), HUB_OK);
    return c;
}

static void thousands(void **state)
{
    (void)state;
    struct serving s;
    struct hub_http_server_config config = hub_http_server_config();
    char url[64];
    struct tally tally = {0};

    /* the server has no more places than the crowd may take: a ninth connection would be closed */
    config.n_threads = 1;
    config.n_connections_max = 8;
    serving_start(&s, &config);
    struct hub_http_crowd *const c = crowd_of(8);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/echo", s.port);
    const struct hub_http_call call = {
        .method = HUB_HTTP_POST, .url = url, .body = hub_span_text("report")};
    tally.crowd = c;
    tally.again = call;
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(hub_http_crowd_submit(c, &call, count, &tally), HUB_OK);
    assert_int_equal(hub_http_crowd_count(c), N);
    assert_int_equal(hub_http_crowd_run(c), HUB_OK);
    assert_int_equal(tally.n_ok, N + 1);
    assert_int_equal(tally.n_failed, 0);
    assert_int_equal(hub_http_crowd_count(c), 0);
    hub_http_crowd_free(c);
    serving_stop(&s);
}

static void failures(void **state)
{
    (void)state;
    struct tally tally = {0};
    struct hub_http_crowd *const c = crowd_of(4);
    struct hub_http_call call = {.method = HUB_HTTP_GET, .url = "http://127.0.0.1:1/"};

    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(hub_http_crowd_submit(c, &call, count, &tally), HUB_OK);
    assert_int_equal(hub_http_crowd_run(c), HUB_OK);
    assert_int_equal(tally.n_failed, 10);
    assert_int_equal(tally.last, HUB_E_NETWORK);
    call.url = "http://192.0.2.1/";
    assert_int_equal(hub_http_crowd_submit(c, &call, count, &tally), HUB_E_REFUSED);
    assert_int_equal(tally.n_failed, 10);
    hub_http_crowd_free(c);
}

/* Freed with requests under way and waiting: each is told once, and nothing new is taken. */
static void freed_early(void **state)
{
    (void)state;
    struct serving s;
    struct hub_http_server_config config = hub_http_server_config();
    char url[64];
    struct tally tally = {0};

    config.n_threads = 1;
    serving_start(&s, &config);
    struct hub_http_crowd *const c = crowd_of(2);
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/later", s.port);
    const struct hub_http_call call = {.method = HUB_HTTP_POST, .url = url};
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(hub_http_crowd_submit(c, &call, count, &tally), HUB_OK);
    for (unsigned i = 0; i < 1000 && serving_n_held(&s) < 2; i++)
        assert_int_equal(hub_http_crowd_turn(c, 10), HUB_OK);
    tally.crowd = c;
    tally.again = call;
    hub_http_crowd_free(c);
    assert_int_equal(tally.n_failed, 5);
    assert_int_equal(tally.n_ok, 0);
    assert_int_equal(serving_release(&s), 2);
    serving_stop(&s);
}

static void *wake_later(void *crowd)
{
    sleep_ms(100);
    hub_http_crowd_wake(crowd);
    return NULL;
}

static void wakes(void **state)
{
    (void)state;
    struct hub_http_crowd *const c = crowd_of(1);
    pthread_t thread;
    const uint64_t before = hub_monotonic_ms();

    assert_int_equal(pthread_create(&thread, NULL, wake_later, c), 0);
    assert_int_equal(hub_http_crowd_turn(c, 10000), HUB_OK);
    assert_true(hub_monotonic_ms() - before < 5000);
    pthread_join(thread, NULL);
    hub_http_crowd_free(c);
    hub_http_crowd_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands),
        cmocka_unit_test(failures),
        cmocka_unit_test(freed_early),
        cmocka_unit_test(wakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
