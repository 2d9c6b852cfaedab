/* TLS with a certificate authority made on the spot by the openssl command. */
#include "serving.h"

#include "http/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

struct files {
    char dir[64];
    char ca[96];
    char other_ca[96];
    char cert[96];
    char key[96];
};

static void run(const char *dir, const char *command)
{
    char line[1024];

    (void)snprintf(line, sizeof(line), "cd %s && (%s) >openssl.log 2>&1", dir, command);
    if (system(line) != 0) /* NOLINT(cert-env33-c): a test, with words of its own */
        fail_msg("%s", line);
}

#define NEW_CA "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "

static int set_up(void **state)
{
    struct files *const f = calloc(1, sizeof(*f));

    assert_non_null(f);
    (void)snprintf(f->dir, sizeof(f->dir), "/tmp/hubbub-tls-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    run(f->dir, NEW_CA "-subj /CN=test-ca -keyout ca.key -out ca.pem");
    run(f->dir, NEW_CA "-subj /CN=other-ca -keyout other.key -out other.pem");
    run(f->dir, "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes "
                "-subj /CN=localhost -keyout server.key -out server.csr && "
                "printf 'subjectAltName=IP:127.0.0.1\\n' >server.ext && "
                "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 "
                "-extfile server.ext -out server.pem");
    (void)snprintf(f->ca, sizeof(f->ca), "%s/ca.pem", f->dir);
    (void)snprintf(f->other_ca, sizeof(f->other_ca), "%s/other.pem", f->dir);
    (void)snprintf(f->cert, sizeof(f->cert), "%s/server.pem", f->dir);
    (void)snprintf(f->key, sizeof(f->key), "%s/server.key", f->dir);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct files *const f = *state;

    run("/tmp", "true");
    char line[128];
    (void)snprintf(line, sizeof(line), "rm -r %s", f->dir);
    assert_int_equal(system(line), 0); /* NOLINT(cert-env33-c) */
    free(f);
    return 0;
}

static struct hub_http_server_config server_config(const struct files *f)
{
    struct hub_http_server_config c = hub_http_server_config();

    c.n_threads = 2;
    c.tls_cert_file = f->cert;
    c.tls_key_file = f->key;
    return c;
}

static hub_status fetch(const char *ca_file, uint16_t port, const char *scheme, hub_span body,
                        struct hub_http_response *response)
{
    struct hub_http_client *client = NULL;
    struct hub_http_client_config config = hub_http_client_config();
    struct hub_why why;
    char url[64];

    config.ca_file = ca_file;
    config.total_ms_max = 10000;
    assert_int_equal(hub_http_client_new(&client, &config), HUB_OK);
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u/echo", scheme, port);
    const struct hub_http_call call = {.method = HUB_HTTP_POST, .url = url, .body = body};
    const hub_status status = hub_http_fetch(client, response, &call, &why);
    hub_http_client_free(client);
    return status;
}

static void speaks_tls(void **state)
{
    const struct files *const f = *state;
    struct serving s;
    struct hub_http_response response = {0};
    static uint8_t body[300000];
    const struct hub_http_server_config config = server_config(f);

    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (uint8_t)(i % 239);
    serving_start(&s, &config);
    assert_int_equal(fetch(f->ca, s.port, "https", HUB_SPAN_ARRAY(body), &response), HUB_OK);
    assert_int_equal(response.status, 200);
    assert_true(hub_span_equal_var(hub_buf_span(&response.body), HUB_SPAN_ARRAY(body)));
    /* another authority, none at all, and no TLS */
    assert_int_equal(fetch(f->other_ca, s.port, "https", HUB_SPAN_EMPTY, &response), HUB_E_VERIFY);
    assert_int_equal(fetch(NULL, s.port, "https", HUB_SPAN_EMPTY, &response), HUB_E_VERIFY);
    assert_int_equal(fetch("/nonexistent", s.port, "https", HUB_SPAN_EMPTY, &response),
                     HUB_E_CONFIG);
    assert_int_equal(fetch(f->ca, s.port, "http", HUB_SPAN_EMPTY, &response), HUB_E_NETWORK);
    hub_http_response_clear(&response);
    serving_stop(&s);
}

/* A client that connects and says nothing, or nonsense, holds nobody up. */
static void stalled_handshake(void **state)
{
    const struct files *const f = *state;
    struct serving s;
    char out[64];
    struct hub_http_response response = {0};
    struct hub_http_server_config config = server_config(f);

    config.idle_ms_max = 500;
    serving_start(&s, &config);
    const int silent = wire_connect(s.port);
    const int loud = wire_connect(s.port);
    wire_send(loud, "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(fetch(f->ca, s.port, "https", HUB_SPAN_EMPTY, &response), HUB_OK);
    assert_true(wire_read_all(silent, out, sizeof(out), 5000) >= 0);
    assert_true(wire_read_all(loud, out, sizeof(out), 5000) >= 0);
    assert_null(strstr(out, "hello"));
    (void)close(silent);
    (void)close(loud);
    hub_http_response_clear(&response);
    serving_stop(&s);
}

static void refuses_to_start(void **state)
{
    const struct files *const f = *state;
    struct hub_http_server *server = NULL;
    const struct hub_http_handler handler = {0};
    struct hub_http_server_config config = server_config(f);
    struct hub_why why = {.text = ""};

    config.tls_key_file = f->cert;
    assert_int_equal(hub_http_server_new(&server, &config, &handler, &why), HUB_E_CONFIG);
    config.tls_key_file = "";
    assert_int_equal(hub_http_server_new(&server, &config, &handler, &why), HUB_E_CONFIG);
    assert_non_null(strstr(why.text, "key file"));
    assert_null(server);
    /* beyond loopback with TLS is fine */
    config = server_config(f);
    config.address = "0.0.0.0";
    assert_int_equal(hub_http_server_new(&server, &config, &handler, &why), HUB_OK);
    hub_http_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks_tls),
        cmocka_unit_test(stalled_handshake),
        cmocka_unit_test(refuses_to_start),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
