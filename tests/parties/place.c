/* Processes, folders, exchanges. */
#include "place.h"

#include "../postgres/database.h"
#include "../tls/certificate.h"

#include "balance.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/random.h"
#include "hpke/key_file.h"
#include "http/problem.h"
#include "http/url.h"
#include "task/secret.h"
#include "wire/media_type.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { START_MS_MAX = 30000 };

static void sleep_ms(unsigned ms)
{
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)nanosleep(&t, NULL);
}

static uint16_t free_port(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(0, bind(fd, (struct sockaddr *)&a, sizeof(a)));
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)&a, &len));
    (void)close(fd);
    return ntohs(a.sin_port);
}

static void show_log(const struct place_party *party)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(64 << 20);

    if (hub_file_read(&text, party->log, NULL) != HUB_OK)
        return;
    const size_t n = text.len < 4000 ? text.len : 4000;
    (void)fprintf(stderr, "--- %s's log ends:\n%.*s\n", party->name, (int)n,
                  (const char *)text.ptr + text.len - n);
}

void place_start(struct place *p, int which)
{
    struct place_party *party = &p->parties[which];
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        int fd = open(party->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (fd < 0 || dup2(fd, 2) < 0 || dup2(fd, 1) < 0)
            _exit(126);
        execl(p->program, p->program, party->config, p->clock_path, p->mechanism, (char *)NULL);
        _exit(127);
    }
    party->pid = pid;
}

static void await(struct place *p, int which)
{
    struct hub_http_client *client = place_client(p);
    struct hub_http_response response = {0};

    for (unsigned ms = 0;; ms += 20) {
        hub_status status = place_fetch(p, client, which, &response, HUB_HTTP_GET, "/health", NULL,
                                        NULL, HUB_SPAN_EMPTY);
        if (status == HUB_OK && response.status == 200)
            break;
        if (ms > START_MS_MAX || waitpid(p->parties[which].pid, NULL, WNOHANG) != 0) {
            show_log(&p->parties[which]);
            fail_msg("the %s does not answer", p->parties[which].name);
        }
        sleep_ms(20);
    }
    hub_http_response_clear(&response);
    hub_http_client_free(client);
}

void place_start_await(struct place *p, int which)
{
    place_start(p, which);
    await(p, which);
}

void place_await_listening(const struct place *p, int which)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons(p->parties[which].listen),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool listens = false;

    for (unsigned ms = 0; !listens && ms <= START_MS_MAX; ms += 20) {
        const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fd >= 0);
        listens = connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
        (void)close(fd);
        if (!listens)
            sleep_ms(20);
    }
    assert_true(listens);
}

void place_kill(struct place *p, int which)
{
    if (p->parties[which].pid == 0)
        return;
    (void)kill(p->parties[which].pid, SIGKILL);
    (void)waitpid(p->parties[which].pid, NULL, 0);
    p->parties[which].pid = 0;
}

int place_stop(struct place *p, int which)
{
    int status = 0;

    (void)kill(p->parties[which].pid, SIGTERM);
    (void)waitpid(p->parties[which].pid, &status, 0);
    p->parties[which].pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

struct hub_http_client *place_client(const struct place *p)
{
    struct hub_http_client_config config = hub_http_client_config();
    struct hub_http_client *client;

    if (p->is_tls)
        config.ca_file = p->ca_file;

    assert_int_equal(HUB_OK, hub_http_client_new(&client, &config));
    return client;
}

hub_status place_fetch(struct place *p, struct hub_http_client *client, int which,
                       struct hub_http_response *out, enum hub_http_method method, const char *path,
                       const char *content_type, const char *token, hub_span body)
{
    char url[HUB_HTTP_URL_MAX];
    const struct hub_http_call call = {
        .method = method, .url = url, .content_type = content_type, .bearer = token, .body = body};

    HUB_TRY(hub_url_join(url, p->parties[which].url, path + 1));
    return hub_http_fetch(client, out, &call, NULL);
}

void place_path(const struct place *p, char out[PLACE_PATH_MAX], const char *what)
{
    char id[HUB_BASE64URL_LEN(32) + 1];

    hub_base64url_encode(id, HUB_SPAN_ARRAY(p->task->id.bytes));
    (void)snprintf(out, PLACE_PATH_MAX, "/tasks/%s/%s", id, what);
}

/* ---- Making */

static void make_certificates(struct place *p)
{
    (void)snprintf(p->ca_file, sizeof(p->ca_file), "%s/ca.pem", p->folder);
    assert_true(tls_certificate_make(p->folder));
}

/* Writes the configuration to another file with one option changed. */
static void set_option(const char *to, const char *from, const char *name, const char *value)
{
    char key[64];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(65536);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf changed = HUB_BUF_INIT(65536);

    (void)snprintf(key, sizeof(key), "\n%s = ", name);
    assert_int_equal(HUB_OK, hub_file_read(&text, from, NULL));
    assert_int_equal(HUB_OK, hub_buf_append(&text, hub_span_of((const uint8_t *)"", 1)));
    const char *const all = (const char *)text.ptr;
    const char *const at = strstr(all, key);
    assert_non_null(at);
    assert_int_equal(HUB_OK, hub_buf_append(&changed, hub_span_of(text.ptr, (size_t)(at - all))));
    assert_int_equal(HUB_OK, hub_buf_append(&changed, hub_span_text(key)));
    assert_int_equal(HUB_OK, hub_buf_append(&changed, hub_span_text(value)));
    assert_int_equal(HUB_OK, hub_buf_append(&changed, hub_span_text(strchr(at + 1, '\n'))));
    assert_int_equal(HUB_OK, hub_file_write(to, hub_buf_span(&changed), 0600, NULL));
}

/* A database of its own on the server, in the place of its file. */
static void set_database(const struct place_party *party)
{
    char url[TEST_DATABASE_MAX];
    test_database_make(url);
    set_option(party->config, party->config, "database", url);
}

static void set_listen(const struct place_party *party, uint16_t port)
{
    char listen[32];
    (void)snprintf(listen, sizeof(listen), "127.0.0.1:%u", port);
    set_option(party->config, party->config, "listen", listen);
}

/* Both processes get ports of their own; the party's is the listener's. */
static void make_double(struct place *p, int which)
{
    struct place_party *const first = &p->parties[which];
    struct place_party *const second = &p->parties[which + PLACE_N_PARTIES];
    const uint16_t ports[2] = {free_port(), free_port()};

    *second = *first;
    (void)snprintf(second->config, sizeof(second->config), "%s/%s/second.ini", p->folder,
                   first->name);
    (void)snprintf(second->log, sizeof(second->log), "%s/%s/log2.txt", p->folder, first->name);
    set_option(second->config, first->config, "head", "ledger2.head");
    first->listen = ports[0];
    second->listen = ports[1];
    set_listen(first, ports[0]);
    set_listen(second, ports[1]);
    p->balances[which] = balance_new(first->port, ports[0], ports[1]);
    p->n_processes = PLACE_N_PROCESSES_MAX;
}

static void append_config(const struct place *p, const struct place_party *party)
{
    FILE *f = fopen(party->config, "ae");

    assert_non_null(f);
    (void)fputs("job_linger_ms = 20\n", f);
    if (p->is_tls)
        (void)fputs("tls_cert = ../server.pem\ntls_key = ../server.key\nca_file = ../ca.pem\n", f);
    (void)fclose(f);
}

static void load_configs(struct place *p)
{
    struct hub_http_client *client = place_client(p);

    for (int i = 0; i < PLACE_N_PARTIES; i++) {
        struct hub_http_response response = {0};
        assert_int_equal(HUB_OK, place_fetch(p, client, i, &response, HUB_HTTP_GET, "/hpke_config",
                                             NULL, NULL, HUB_SPAN_EMPTY));
        assert_int_equal(response.status, 200);
        assert_true(hub_media_type_is(response.content_type, HUB_MESSAGE_HPKE_CONFIG_LIST));
        assert_true(response.has_max_age);
        assert_int_equal(HUB_OK,
                         hub_device_pick_config(&p->configs[i], hub_buf_span(&response.body)));
        hub_http_response_clear(&response);
    }
    hub_http_client_free(client);
}

static void load_collector(struct place *p)
{
    char path[PLACE_PATH_MAX];
    struct hub_why why = {0};
    struct hub_hpke_keypair key;
    struct hub_task_secret secret = {0};
    struct hub_task *task;
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(65536);

    (void)snprintf(path, sizeof(path), "%s/collector/keys/collector.key", p->folder);
    assert_int_equal(HUB_OK, hub_file_read(&text, path, &why));
    assert_int_equal(HUB_OK, hub_hpke_key_file_decode(&key, hub_buf_span(&text), &why));
    text.len = 0;
    (void)snprintf(path, sizeof(path), "%s/collector/tasks/%s.collector.ini", p->folder,
                   p->task->name);
    assert_int_equal(HUB_OK, hub_file_read(&text, path, &why));
    assert_int_equal(HUB_OK, hub_task_secret_parse(&secret, hub_buf_span(&text), path, &why));
    (void)snprintf(path, sizeof(path), "%s/collector/tasks/%s.task.ini", p->folder, p->task->name);
    assert_int_equal(HUB_OK, hub_task_load(&task, path, hub_file_read, &why));
    assert_int_equal(HUB_OK, hub_collected_task_init(&p->collected, task, &key, secret.token));
    hub_task_secret_wipe(&secret);
}

struct hub_statement place_count_statement(uint32_t first_day)
{
    struct hub_statement s;

    hub_statement_defaults(&s, HUB_UNIT_DEVICE_DAY);
    (void)snprintf(s.name, sizeof(s.name), "yes");
    (void)snprintf(s.title, sizeof(s.title), "Who says yes");
    (void)snprintf(s.purpose, sizeof(s.purpose), "to test");
    (void)snprintf(s.legal_basis, sizeof(s.legal_basis), "none");
    (void)snprintf(s.owner, sizeof(s.owner), "nobody");
    (void)snprintf(s.population, sizeof(s.population), "devices");
    s.vdaf.circuit = HUB_CIRCUIT_COUNT;
    s.first_day = first_day;
    s.last_day = first_day + 30;
    s.clock = HUB_STATEMENT_CLOCK_DEMO;
    return s;
}

void place_open(struct place *p, const char *program, const char *mechanism,
                const struct hub_statement *statement, uint64_t now_s, unsigned n_services,
                bool is_tls)
{
    static const char *const names[PLACE_N_PARTIES] = {"leader", "helper"};
    struct hub_why why = {0};

    const bool is_doubled = getenv("HUBBUB_DOUBLED") != NULL && test_is_on_server();

    memset(p, 0, sizeof(*p));
    p->n_processes = PLACE_N_PARTIES;
    p->program = program;
    p->mechanism = mechanism;
    p->rng = hub_system_rng();
    (void)snprintf(p->folder, sizeof(p->folder), "/tmp/hubbub-place-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->is_tls = is_tls;
    if (is_tls)
        make_certificates(p);
    (void)snprintf(p->clock_path, sizeof(p->clock_path), "%s/clock", p->folder);
    assert_int_equal(HUB_OK, hub_stepped_clock_make(&p->clock, p->clock_path, now_s, &why));
    for (int i = 0; i < PLACE_N_PARTIES; i++) {
        struct place_party *party = &p->parties[i];
        party->name = names[i];
        party->port = free_port();
        party->listen = party->port;
        (void)snprintf(party->url, sizeof(party->url), "http%s://127.0.0.1:%u/", is_tls ? "s" : "",
                       party->port);
        (void)snprintf(party->config, sizeof(party->config), "%s/%s/%s.ini", p->folder, names[i],
                       names[i]);
        (void)snprintf(party->log, sizeof(party->log), "%s/%s/log.txt", p->folder, names[i]);
    }
    const struct hub_trial_parties parties = {.folder = p->folder,
                                              .leader_name = "Leader",
                                              .leader_url = p->parties[PLACE_LEADER].url,
                                              .helper_name = "Helper",
                                              .helper_url = p->parties[PLACE_HELPER].url,
                                              .collector_name = "Office"};
    const struct hub_trial_task trial = {.statement = *statement,
                                         .rho_day = (uint64_t)1 << 31,
                                         .time_zone = "UTC",
                                         .n_services = n_services};
    if (hub_trial_task_new(&p->task, &parties, &trial, &p->rng, &why) != HUB_OK)
        fail_msg("ceremony: %s", why.text);
    assert_int_equal(HUB_OK, hub_device_vdaf_new(&p->vdaf, p->task));
    for (int i = PLACE_N_PARTIES - 1; i >= 0; i--) {
        if (test_is_on_server())
            set_database(&p->parties[i]);
        append_config(p, &p->parties[i]);
        if (is_doubled)
            make_double(p, i);
        place_start_await(p, i);
        if (is_doubled)
            place_start_await(p, i + PLACE_N_PARTIES);
    }
    load_configs(p);
    load_collector(p);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void place_close(struct place *p)
{
    for (int i = 0; i < p->n_processes; i++)
        place_kill(p, i);
    for (int i = 0; i < PLACE_N_PARTIES; i++) {
        if (p->balances[i] != NULL)
            balance_free(p->balances[i]);
    }
    hub_collected_task_clear(&p->collected);
    hub_vdaf_free(p->vdaf);
    hub_task_free(p->task);
    hub_stepped_clock_close(&p->clock);
    if (getenv("HUBBUB_KEEP") == NULL)
        (void)nftw(p->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

unsigned place_collect(struct place *p, struct hub_http_client *client, uint64_t start,
                       uint64_t duration, struct hub_buf *body, char problem[128], unsigned wait_ms)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(4096);
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response response = {0};
    char path[PLACE_PATH_MAX];
    unsigned status = 0;

    problem[0] = '\0';
    assert_int_equal(HUB_OK, hub_collection_request(&request, p->task, start, duration));
    place_path(p, path, "collection_jobs");
    for (unsigned ms = 0; ms < wait_ms; ms += 50) {
        hub_status sent = place_fetch(p, client, PLACE_LEADER, &response, HUB_HTTP_POST, path,
                                      hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ),
                                      p->collected.token, hub_buf_span(&request));
        status = sent == HUB_OK ? response.status : 0;
        if (status / 100 == 2 && response.body.len != 0) {
            hub_buf_move(body, &response.body);
            return status;
        }
        if (status / 100 == 4) {
            struct hub_problem parsed;
            if (hub_problem_parse(&parsed, hub_buf_span(&response.body)) == HUB_OK)
                (void)snprintf(problem, 128, "%s", parsed.type);
            return status;
        }
        sleep_ms(50);
    }
    return status;
}

uint64_t place_memory_kb(const struct place *p, int which)
{
    char path[64];
    char line[256];
    unsigned long long kb = 0;

    (void)snprintf(path, sizeof(path), "/proc/%d/status", (int)p->parties[which].pid);
    FILE *f = fopen(path, "re");
    while (f != NULL && fgets(line, sizeof(line), f) != NULL)
        (void)sscanf(line, "VmHWM: %llu", &kb);
    if (f != NULL)
        (void)fclose(f);
    return kb;
}
