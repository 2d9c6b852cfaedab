/* What the driver of the faults cannot do itself: the ceremony of a task on the demo's clock,
 * upload requests whose content is known, the collector's question and its answer opened.
 *
 *   fault_crowd new FOLDER LEADER_URL HELPER_URL FIRST_DAY
 *       makes the parties' folders and prints the task's id as it stands in paths
 *   fault_crowd make FOLDER LEADER_CONFIGS HELPER_CONFIGS SEED N_REQUESTS N_REPORTS WINDOW
 *       requests to stdout, each: the body's length, the number of reports (u32, big-endian), then
 *       for each report its id, its cell and whether it must be rejected (16, 1, 1 bytes), the body
 *   fault_crowd ask FOLDER WINDOW
 *       the collector's token, and the CollectionJobReq in hex
 *   fault_crowd open FOLDER WINDOW RESPONSE
 *       the answer's number of reports and the totals, in one line
 *
 * HUBBUB_CROWD_TASK names the task, else it is "faults"; HUBBUB_CROWD_POPULATION its population,
 * else "visits". Never installed. */
#include "base/file.h"
#include "base/text.h"
#include "collector/result.h"
#include "crypto/random.h"
#include "hpke/key_file.h"
#include "operator/trial.h"
#include "sim/maker.h"
#include "task/secret.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    CELLS = 8,
    WINDOW_S = 3600,
    GRACE_S = 1800,
    DAYS = 10,
    BAD_ONE_IN = 16,
    PATH_BYTES = 1024,
    FILE_MAX = 64 << 20
};

static int fail(const char *what, hub_status status, const struct hub_why *why)
{
    (void)fprintf(stderr, "fault_crowd: %s: %s %s\n", what, hub_status_text(status), why->text);
    return 1;
}

static const char *from_environment(const char *name, const char *fallback)
{
    const char *const value = getenv(name);
    return value == NULL ? fallback : value;
}

static const char *task_name(void)
{
    return from_environment("HUBBUB_CROWD_TASK", "faults");
}

static hub_status load_task(struct hub_task **out, const char *folder, struct hub_why *why)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/public/%s.task.ini", folder, task_name());
    return hub_task_load(out, path, hub_file_read, why);
}

/* ---- new */

static hub_status make_task(struct hub_task **out, char **argv, struct hub_why *why)
{
    const struct hub_rng rng = hub_system_rng();
    const struct hub_trial_parties parties = {.folder = argv[2],
                                              .leader_name = "Leader",
                                              .leader_url = argv[3],
                                              .helper_name = "Helper",
                                              .helper_url = argv[4],
                                              .collector_name = "Office"};
    struct hub_trial_task trial = {.rho_day = (uint64_t)1 << 31, .time_zone = "UTC"};
    struct hub_statement *const s = &trial.statement;

    hub_statement_defaults(s, HUB_UNIT_VISIT);
    (void)snprintf(s->name, sizeof(s->name), "%s", task_name());
    (void)snprintf(s->title, sizeof(s->title), "What went wrong");
    (void)snprintf(s->purpose, sizeof(s->purpose), "to test");
    (void)snprintf(s->legal_basis, sizeof(s->legal_basis), "none");
    (void)snprintf(s->owner, sizeof(s->owner), "nobody");
    (void)snprintf(s->population, sizeof(s->population), "%s",
                   from_environment("HUBBUB_CROWD_POPULATION", "visits"));
    s->vdaf =
        (struct hub_statement_vdaf){.circuit = HUB_CIRCUIT_HISTOGRAM, .length = CELLS, .chunk = 3};
    s->window_s = WINDOW_S;
    s->grace_s = GRACE_S;
    s->first_day = (uint32_t)strtoul(argv[5], NULL, 10);
    s->last_day = s->first_day + DAYS;
    s->clock = HUB_STATEMENT_CLOCK_DEMO;
    return hub_trial_task_new(out, &parties, &trial, &rng, why);
}

static int do_new(int argc, char **argv)
{
    struct hub_why why = {0};
    struct hub_task *task;
    char id[HUB_BASE64URL_LEN(32) + 1];

    if (argc != 6)
        return 2;
    const hub_status status = make_task(&task, argv, &why);
    if (status != HUB_OK)
        return fail("the ceremony", status, &why);
    hub_base64url_encode(id, HUB_SPAN_ARRAY(task->id.bytes));
    (void)puts(id);
    hub_task_free(task);
    return 0;
}

/* ---- make */

struct crowd {
    struct hub_task *task;
    struct hub_vdaf *vdaf;
    struct hub_hpke_config configs[2];
    struct hub_maker *maker;
    struct hub_rng rng;
    uint64_t random; /* for what is measured; seals and shares take the system's */
};

static void crowd_close(struct crowd *c)
{
    hub_maker_free(c->maker);
    hub_vdaf_free(c->vdaf);
    hub_task_free(c->task);
}

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static hub_status crowd_open(struct crowd *c, char **argv, struct hub_why *why)
{
    c->rng = hub_system_rng();
    c->random = strtoull(argv[5], NULL, 10);
    HUB_TRY(load_task(&c->task, argv[2], why));
    HUB_TRY(hub_device_vdaf_new(&c->vdaf, c->task));
    for (int i = 0; i < 2; i++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf list = HUB_BUF_INIT(FILE_MAX);
        HUB_TRY(hub_file_read(&list, argv[3 + i], why));
        HUB_TRY(hub_device_pick_config(&c->configs[i], hub_buf_span(&list)));
    }
    return hub_maker_new(&c->maker, c->task, c->vdaf, &c->configs[0], &c->configs[1], &c->rng);
}

static void put_u32(uint32_t n)
{
    const uint8_t bytes[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                              (uint8_t)n};
    (void)fwrite(bytes, 1, sizeof(bytes), stdout);
}

static hub_status put_request(struct crowd *c, uint32_t n_reports, uint64_t window)
{
    HUB_CLEANUP(hub_parcel_clear) struct hub_parcel parcel = {.body = HUB_BUF_INIT(FILE_MAX)};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf about = HUB_BUF_INIT(FILE_MAX);

    for (uint32_t i = 0; i < n_reports; i++) {
        const size_t at = parcel.body.len;
        const uint64_t chance = next_random(&c->random);
        const uint8_t is_bad = chance % BAD_ONE_IN == 0;
        const uint8_t cell = (uint8_t)((chance >> 32) % CELLS);
        const struct hub_measurement m = {.number = cell};
        parcel.kind = !is_bad                  ? HUB_PARCEL_GOOD
                      : (chance >> 8) % 2 == 0 ? HUB_PARCEL_BAD_PROOF
                                               : HUB_PARCEL_BAD_SEAL;
        HUB_TRY(hub_maker_add(c->maker, &parcel, window, &m));
        HUB_TRY(hub_buf_append(&about, hub_span_of(parcel.body.ptr + at, HUB_REPORT_ID_LEN)));
        HUB_TRY(hub_buf_append(&about, hub_span_of(&cell, 1)));
        HUB_TRY(hub_buf_append(&about, hub_span_of(&is_bad, 1)));
    }
    put_u32((uint32_t)parcel.body.len);
    put_u32(n_reports);
    (void)fwrite(about.ptr, 1, about.len, stdout);
    (void)fwrite(parcel.body.ptr, 1, parcel.body.len, stdout);
    return HUB_OK;
}

static int do_make(int argc, char **argv)
{
    struct hub_why why = {0};
    HUB_CLEANUP(crowd_close) struct crowd crowd = {0};

    if (argc != 9)
        return 2;
    hub_status status = crowd_open(&crowd, argv, &why);
    const unsigned long n_requests = strtoul(argv[6], NULL, 10);
    for (unsigned long i = 0; status == HUB_OK && i < n_requests; i++)
        status =
            put_request(&crowd, (uint32_t)strtoul(argv[7], NULL, 10), strtoull(argv[8], NULL, 10));
    return status == HUB_OK ? 0 : fail("reports", status, &why);
}

/* ---- ask, open */

static hub_status read_part(struct hub_buf *out, const char *folder, const char *name,
                            struct hub_why *why)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof(path), "%s/collector/%s", folder, name);
    return hub_file_read(out, path, why);
}

static hub_status load_collected(struct hub_collected_task *out, const char *folder,
                                 struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf key_text = HUB_BUF_INIT(FILE_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf secret_text = HUB_BUF_INIT(FILE_MAX);
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret secret = {0};
    struct hub_hpke_keypair key;
    struct hub_task *task;
    char secret_name[256];

    (void)snprintf(secret_name, sizeof(secret_name), "tasks/%s.collector.ini", task_name());
    HUB_TRY(read_part(&key_text, folder, "keys/collector.key", why));
    HUB_TRY(hub_hpke_key_file_decode(&key, hub_buf_span(&key_text), why));
    HUB_TRY(read_part(&secret_text, folder, secret_name, why));
    HUB_TRY(hub_task_secret_parse(&secret, hub_buf_span(&secret_text), "collector", why));
    HUB_TRY(load_task(&task, folder, why));
    const hub_status status = hub_collected_task_init(out, task, &key, secret.token);
    if (status != HUB_OK)
        hub_task_free(task);
    return status;
}

static int do_ask(int argc, char **argv)
{
    struct hub_why why = {0};
    HUB_CLEANUP(hub_collected_task_clear) struct hub_collected_task t = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(FILE_MAX);

    if (argc != 4)
        return 2;
    hub_status status = load_collected(&t, argv[2], &why);
    if (status == HUB_OK)
        status = hub_collection_request(&request, t.task, strtoull(argv[3], NULL, 10), 1);
    if (status != HUB_OK)
        return fail("the question", status, &why);
    (void)puts(t.token);
    for (size_t i = 0; i < request.len; i++)
        (void)printf("%02x", request.ptr[i]);
    (void)puts("");
    return 0;
}

static hub_status open_answer(struct hub_collection *out, struct hub_collected_task *t, char **argv,
                              struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf request = HUB_BUF_INIT(FILE_MAX);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf response = HUB_BUF_INIT(FILE_MAX);

    HUB_TRY(load_collected(t, argv[2], why));
    HUB_TRY(hub_collection_request(&request, t->task, strtoull(argv[3], NULL, 10), 1));
    HUB_TRY(hub_file_read(&response, argv[4], why));
    return hub_collection_open(out, t, hub_buf_span(&request), hub_buf_span(&response), why);
}

static int do_open(int argc, char **argv)
{
    struct hub_why why = {0};
    HUB_CLEANUP(hub_collected_task_clear) struct hub_collected_task t = {0};
    HUB_CLEANUP(hub_collection_clear) struct hub_collection result = {0};

    if (argc != 5)
        return 2;
    const hub_status status = open_answer(&result, &t, argv, &why);
    if (status != HUB_OK)
        return fail("the answer", status, &why);
    (void)printf("%llu", (unsigned long long)result.n_reports);
    for (size_t i = 0; i < result.n_cells; i++)
        (void)printf(" %lld", (long long)result.totals[i]);
    (void)puts("");
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"new", do_new}, {"make", do_make}, {"ask", do_ask}, {"open", do_open}};

    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            const int code = commands[i].run(argc, argv);
            if (code != 2)
                return code;
        }
    }
    (void)fputs("usage: fault_crowd new|make|ask|open ...; see the file's head\n", stderr);
    return 2;
}
