/* The server against sockets without manners. */
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

static void answers(void **state)
{
    (void)state;
    struct serving s;
    char out[4096];
    const struct hub_http_server_config config = usual();

    serving_start(&s, &config);
    wire_exchange(s.port, "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", out,
                  sizeof(out));
    assert_memory_equal(out, "HTTP/1.1 200 ", 13);
    assert_non_null(strstr(out, "ETag: \"v1\"\r\n"));
    assert_non_null(strstr(out, "Cache-Control: public, max-age=60\r\n"));
    assert_non_null(strstr(out, "\r\n\r\nhello"));

    wire_exchange(s.port, "HEAD /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", out,
                  sizeof(out));
    assert_non_null(strstr(out, "Content-Length: 5\r\n"));
    assert_null(strstr(out, "\r\n\r\nhello"));

    wire_exchange(s.port, "GET /query?p=1&q=a%20b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
                  out, sizeof(out));
    assert_non_null(strstr(out, "\r\n\r\na b"));
    wire_exchange(s.port, "GET /now HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", out,
                  sizeof(out));
    assert_non_null(strstr(out, "\r\n\r\nnow"));
    wire_exchange(s.port, "GET /nowhere HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", out,
                  sizeof(out));
    assert_memory_equal(out, "HTTP/1.1 404 ", 13);
    assert_non_null(strstr(out, "Content-Type: application/problem+json\r\n"));
    assert_non_null(strstr(out, "\"status\":404"));
    wire_exchange(s.port, "GET /busy HTTP/1.0\r\n\r\n", out, sizeof(out));
    assert_non_null(strstr(out, " 503 "));
    assert_non_null(strstr(out, "Retry-After: 7\r\n"));
    serving_stop(&s);
}

static void conditional(void **state)
{
    (void)state;
    struct serving s;
    char out[4096];
    char request[256];
    const struct hub_http_server_config config = usual();
    static const struct {
        const char *tags;
        bool is_same;
    } cases[] = {
        {"\"v1\"", true},   {"W/\"v1\"", true}, {"\"v0\", \"v1\"", true}, {"*", true},
        {"\"v11\"", false}, {"\"v0\"", false},  {"\"v1\",\"v2\"", true},  {"x\"v1\"", false}};

    serving_start(&s, &config);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)snprintf(request, sizeof(request),
                       "GET /hello HTTP/1.1\r\nHost: h\r\nIf-None-Match: %s\r\nConnection: "
                       "close\r\n\r\n",
                       cases[i].tags);
        wire_exchange(s.port, request, out, sizeof(out));
        assert_memory_equal(out, cases[i].is_same ? "HTTP/1.1 304 " : "HTTP/1.1 200 ", 13);
        assert_int_equal(strstr(out, "\r\n\r\nhello") == NULL, cases[i].is_same);
        assert_non_null(strstr(out, "ETag: \"v1\"\r\n"));
    }
    serving_stop(&s);
}

static void bodies(void **state)
{
    (void)state;
    struct serving s;
    char out[4096];
    const struct hub_http_server_config config = usual();

    serving_start(&s, &config);
    wire_exchange(s.port,
                  "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nConnection: "
                  "close\r\n\r\nabc",
                  out, sizeof(out));
    assert_non_null(strstr(out, "\r\n\r\nabc"));
    wire_exchange(s.port,
                  "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: "
                  "close\r\n\r\n3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\n\r\n",
                  out, sizeof(out));
    assert_non_null(strstr(out, "\r\n\r\nabcdefgh"));
    wire_exchange(
        s.port, "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        out, sizeof(out));
    assert_memory_equal(out, "HTTP/1.1 200 ", 13);
    wire_exchange(s.port, "POST /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", out,
                  sizeof(out));
    assert_memory_equal(out, "HTTP/1.1 401 ", 13);
    serving_stop(&s);
}

static void chunk(char *out, size_t n_chunks)
{
    out += sprintf(out, "POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
                        "Connection: close\r\n\r\n");
    for (size_t i = 0; i < n_chunks; i++)
        out += sprintf(out, "a\r\n0123456789\r\n");
    (void)sprintf(out, "0\r\n\r\n");
}

static void bodies_over_the_limit(void **state)
{
    (void)state;
    struct serving s;
    char out[4096];
    char request[2048];
    const struct hub_http_server_config config = usual();

    serving_start(&s, &config);
    /* announced: refused at the header, before a byte of it is sent */
    wire_exchange(s.port, "POST /small HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n", out,
                  sizeof(out));
    assert_memory_equal(out, "HTTP/1.1 413 ", 13);
    assert_non_null(strstr(out, "application/problem+json"));
    wire_exchange(s.port,
                  "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551614\r\n\r\n",
                  out, sizeof(out));
    assert_memory_equal(out, "HTTP/1.1 413 ", 13);
    /* chunked: at the first byte too many; the boundary itself is fine */
    chunk(request, 10);
    wire_exchange(s.port, request, out, sizeof(out));
    assert_non_null(strstr(out, "\r\n\r\n100"));
    chunk(request, 11);
    wire_exchange(s.port, request, out, sizeof(out));
    assert_memory_equal(out, "HTTP/1.1 413 ", 13);
    serving_stop(&s);
}

/* A chunked body without end is not read for ever. */
static void endless_body(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    char piece[4096 + 16];
    const struct hub_http_server_config config = usual();
    unsigned n_sent = 0;

    serving_start(&s, &config);
    const int fd = wire_connect(s.port);
    wire_send(fd, "POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    memset(piece, 'x', sizeof(piece));
    memcpy(piece, "1000\r\n", 6);
    memcpy(piece + 6 + 4096, "\r\n", 2);
    while (n_sent < 100000 && wire_try_send(fd, piece, 6 + 4096 + 2))
        n_sent++;
    assert_true(n_sent < 10000); /* 1 MB and what the sockets hold */
    (void)wire_read_all(fd, out, sizeof(out), 1000);
    (void)close(fd);
    serving_stop(&s);
}

static void malformed(void **state)
{
    (void)state;
    struct serving s;
    char out[4096];
    const struct hub_http_server_config config = usual();
    static const char *const wrong[] = {
        "GET http://h/hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        ("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n"
         "Transfer-Encoding: chunked\r\n\r\nabc"),
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1x\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        "GET /hello HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\nAuthorization: a\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: h\r\nDAP-Auth-Token: a\r\nDAP-Auth-Token: b\r\n\r\n",
        "GET /hello HTTP/1.1\r\nConnection: close\r\n\r\n", /* no Host */
        "BREW /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        "GET /hello HTTP/9.9\r\nHost: h\r\n\r\n",
        "\r\n\r\n\r\nnonsense\r\n\r\n",
    };

    serving_start(&s, &config);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const int fd = wire_connect(s.port);
        wire_send(fd, wrong[i]);
        assert_true(wire_read_all(fd, out, sizeof(out), 5000) >= 0);
        /* refused with a status, or the connection ended without a word; never carried out */
        if (out[0] != '\0' && strncmp(out, "HTTP/1.1 4", 10) != 0 &&
            strncmp(out, "HTTP/1.1 5", 10) != 0 && strncmp(out, "HTTP/1.0 5", 10) != 0)
            fail_msg("%s -> %s", wrong[i], out);
        (void)close(fd);
    }
    /* and the server is as before */
    wire_exchange(s.port, "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", out,
                  sizeof(out));
    assert_non_null(strstr(out, "\r\n\r\nhello"));
    serving_stop(&s);
}

/* Each prefix of a request, then a close. libmicrohttpd does not see an end of file that came
 * together with the last bytes; the deadline does. */
static void truncated(void **state)
{
    (void)state;
    struct serving s;
    static const char request[] = "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\n"
                                  "Content-Length: 10\r\n\r\n012345678";
    struct hub_http_server_config config = usual();

    config.receive_ms_max = 300;
    serving_start(&s, &config);
    for (size_t n = 0; n < sizeof(request); n++) {
        const int fd = wire_connect(s.port);
        assert_true(wire_try_send(fd, request, n));
        (void)close(fd);
    }
    for (unsigned i = 0; i < 5000 && hub_http_server_in_flight(s.server) != 0; i++)
        sleep_ms(1);
    assert_int_equal(hub_http_server_in_flight(s.server), 0);
    serving_stop(&s);
}

static void overlong_headers(void **state)
{
    (void)state;
    struct serving s;
    char out[4096];
    const size_t n = 300000;
    char *const value = malloc(n + 1);
    const struct hub_http_server_config config = usual();

    assert_non_null(value);
    memset(value, 'a', n);
    value[n] = '\0';
    serving_start(&s, &config);
    int fd = wire_connect(s.port);
    wire_send(fd, "GET /hello HTTP/1.1\r\nHost: h\r\nX-Long: ");
    (void)wire_try_send(fd, value, n);
    (void)wire_try_send(fd, "\r\n\r\n", 4);
    (void)wire_read_all(fd, out, sizeof(out), 5000);
    assert_null(strstr(out, " 200 "));
    (void)close(fd);

    /* a target that fits into the connection's memory but not into ours */
    value[HUB_HTTP_URL_MAX] = '\0';
    fd = wire_connect(s.port);
    wire_send(fd, "GET /");
    wire_send(fd, value);
    wire_send(fd, " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assert_true(wire_read_all(fd, out, sizeof(out), 5000) > 0);
    assert_memory_equal(out, "HTTP/1.1 414 ", 13);
    (void)close(fd);
    free(value);
    serving_stop(&s);
}

/* A client that sends a byte now and then is closed at the deadline, whatever it is at. */
static void slow_clients(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    struct hub_http_server_config config = usual();
    static const char *const starts[] = {
        "", "GET /hello HTTP/1.1\r\nX: ",
        "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"};

    config.idle_ms_max = 200;
    config.receive_ms_max = 200;
    serving_start(&s, &config);
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        const int fd = wire_connect(s.port);
        const uint64_t before = hub_monotonic_ms();
        wire_send(fd, starts[i]);
        while (hub_monotonic_ms() - before < 5000 && (i == 0 || wire_try_send(fd, "x", 1))) {
            if (i == 0) {
                assert_true(wire_read_all(fd, out, sizeof(out), 5000) >= 0);
                break;
            }
            sleep_ms(20);
        }
        const uint64_t took = hub_monotonic_ms() - before;
        assert_true(took >= 190 && took < 3000);
        (void)close(fd);
    }
    serving_stop(&s);
}

/* A client that does not read its response is closed too. */
static void slow_reader(void **state)
{
    (void)state;
    struct serving s;
    struct hub_http_server_config config = usual();

    config.send_ms_max = 200;
    serving_start(&s, &config);
    const int fd = wire_connect(s.port);
    for (unsigned i = 0; i < 30; i++) /* more than the sockets hold */
        wire_send(fd, "GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    for (unsigned i = 0; i < 5000; i++) {
        sleep_ms(1);
        if (i > 100 && hub_http_server_in_flight(s.server) == 0)
            break;
    }
    assert_int_equal(hub_http_server_in_flight(s.server), 0);
    (void)close(fd);
    serving_stop(&s);
}

static void connection_limits(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    struct hub_http_server_config config = usual();
    int fds[4];

    config.n_connections_per_address_max = 4;
    serving_start(&s, &config);
    for (size_t i = 0; i < 4; i++) {
        fds[i] = wire_connect(s.port);
        wire_send(fds[i], "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_true(wire_read_response(fds[i], out, sizeof(out), 5000) > 0);
    }
    const int extra = wire_connect(s.port);
    (void)wire_try_send(extra, "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n", 32);
    assert_true(wire_read_all(extra, out, sizeof(out), 5000) >= 0);
    assert_null(strstr(out, " 200 "));
    (void)close(extra);
    /* the others go on, and a freed place can be taken */
    wire_send(fds[3], "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(wire_read_response(fds[3], out, sizeof(out), 5000) > 0);
    (void)close(fds[0]);
    sleep_ms(100);
    wire_exchange(s.port, "GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", out,
                  sizeof(out));
    assert_non_null(strstr(out, "\r\n\r\nhello"));
    for (size_t i = 1; i < 4; i++)
        (void)close(fds[i]);
    serving_stop(&s);
}

/* The next one waits until a place is free. */
static void connections_at_once(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    struct hub_http_server_config config = usual();
    int fds[4];

    config.n_threads = 1;
    config.n_connections_max = 4;
    serving_start(&s, &config);
    for (size_t i = 0; i < 4; i++) {
        fds[i] = wire_connect(s.port);
        wire_send(fds[i], "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
        assert_true(wire_read_response(fds[i], out, sizeof(out), 5000) > 0);
    }
    const int extra = wire_connect(s.port);
    wire_send(extra, "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_true(wire_read_response(extra, out, sizeof(out), 300) <= 0);
    (void)close(fds[0]);
    assert_true(wire_read_response(extra, out, sizeof(out), 5000) > 0);
    (void)close(extra);
    for (size_t i = 1; i < 4; i++)
        (void)close(fds[i]);
    serving_stop(&s);
}

/* Headers of a request whose body the server does not refuse, soon. */
static int connect_with_room(uint16_t port)
{
    char out[1024];

    for (unsigned i = 0; i < 200; i++) {
        const int fd = wire_connect(port);
        wire_send(fd, "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n");
        if (wire_read_response(fd, out, sizeof(out), 50) < 0) /* nothing came */
            return fd;
        (void)close(fd);
    }
    fail_msg("the room of a request that is over does not come back");
    return -1;
}

/* Bodies being received share one bound. */
static void memory_limit(void **state)
{
    (void)state;
    struct serving s;
    char out[1024];
    struct hub_http_server_config config = usual();
    static char body[60000];

    config.bodies_bytes_max = 100000;
    serving_start(&s, &config);
    memset(body, 'b', sizeof(body));
    const int first = wire_connect(s.port);
    wire_send(first, "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n");
    assert_true(wire_try_send(first, body, sizeof(body)));
    serving_wait_held(&s, 1);
    wire_exchange(s.port, "POST /later HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n", out,
                  sizeof(out));
    assert_memory_equal(out, "HTTP/1.1 503 ", 13);
    assert_non_null(strstr(out, "Retry-After: 1\r\n"));
    assert_int_equal(serving_release(&s), 1);
    assert_true(wire_read_response(first, out, sizeof(out), 5000) > 0);
    assert_non_null(strstr(out, "\r\n\r\n60000"));
    (void)close(first);
    /* the room is back, once the server knows that its answer has been taken */
    const int second = connect_with_room(s.port);
    assert_true(wire_try_send(second, body, sizeof(body)));
    serving_wait_held(&s, 1);
    assert_int_equal(serving_release(&s), 1);
    (void)close(second);
    serving_stop(&s);
}

static void start_refusals(void **state)
{
    (void)state;
    struct hub_http_server *server = NULL;
    struct hub_http_server_config c = usual();
    const struct hub_http_handler handler = {0};
    struct hub_why why;
    struct serving s;
    char address[INET6_ADDRSTRLEN];
    uint16_t port = 0;

    c.address = "0.0.0.0";
    assert_int_equal(hub_http_server_new(&server, &c, &handler, &why), HUB_E_CONFIG);
    assert_non_null(strstr(why.text, "behind_proxy"));
    c.address = "localhost";
    assert_int_equal(hub_http_server_new(&server, &c, &handler, &why), HUB_E_CONFIG);
    c.address = "127.0.0.1";
    c.tls_cert_file = "/nonexistent/cert.pem";
    assert_int_equal(hub_http_server_new(&server, &c, &handler, &why), HUB_E_NOT_FOUND);
    c.tls_cert_file = NULL;
    c.tls_key_file = "/nonexistent/key.pem";
    assert_int_equal(hub_http_server_new(&server, &c, &handler, &why), HUB_E_CONFIG);
    assert_null(server);

    c = usual();
    serving_start(&s, &c);
    c.port = s.port;
    assert_int_equal(hub_http_server_new(&server, &c, &handler, &why), HUB_E_IO);
    assert_non_null(strstr(why.text, "in use"));
    serving_stop(&s);

    c = usual();
    c.address = "0.0.0.0";
    c.behind_proxy = true;
    serving_start(&s, &c);
    serving_stop(&s);
    hub_http_server_free(NULL);

    assert_int_equal(hub_http_listen_parse(address, &port, "127.0.0.1:8080", &why), HUB_OK);
    assert_string_equal(address, "127.0.0.1");
    assert_int_equal(port, 8080);
    assert_int_equal(hub_http_listen_parse(address, &port, "[::1]:0", &why), HUB_OK);
    assert_string_equal(address, "::1");
    assert_int_equal(hub_http_listen_parse(address, &port, ":9", &why), HUB_OK);
    assert_string_equal(address, "127.0.0.1");
    static const char *const wrong[] = {
        "",       "8080",    "127.0.0.1",    "127.0.0.1:",   "127.0.0.1:65536",
        "::1:80", "[::1]80", "localhost:80", "127.0.0.1:8 0"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(hub_http_listen_parse(address, &port, wrong[i], &why), HUB_E_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(conditional),
        cmocka_unit_test(bodies),
        cmocka_unit_test(bodies_over_the_limit),
        cmocka_unit_test(endless_body),
        cmocka_unit_test(malformed),
        cmocka_unit_test(truncated),
        cmocka_unit_test(overlong_headers),
        cmocka_unit_test(slow_clients),
        cmocka_unit_test(slow_reader),
        cmocka_unit_test(connection_limits),
        cmocka_unit_test(connections_at_once),
        cmocka_unit_test(memory_limit),
        cmocka_unit_test(start_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
