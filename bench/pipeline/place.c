/* Sets a run up by the trial ceremony, and judges its total. */
#include "pipeline/place.h"

#include "base/file.h"
#include "base/text.h"
#include "crypto/random.h"
#include "demo/place.h"
#include "http/url.h"
#include "operator/trial.h"
#include "statement/calibration.h"
#include "wire/media_type.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { DAY_S = 86400, KEY_LIST_MAX = 65535, PATIENCE_S = 120, REPORTS_MAX = 10000000 };

static void fill_statement(struct hub_statement *s, const struct pipeline_shape *shape,
                           uint64_t now_s)
{
    hub_statement_defaults(s, HUB_UNIT_DEVICE_DAY);
    (void)snprintf(s->name, sizeof(s->name), "bench");
    (void)snprintf(s->title, sizeof(s->title), "Reports of a bench");
    (void)snprintf(s->purpose, sizeof(s->purpose), "To measure what a report costs");
    (void)snprintf(s->legal_basis, sizeof(s->legal_basis), "none: a bench on one machine");
    (void)snprintf(s->owner, sizeof(s->owner), "Nobody");
    (void)snprintf(s->population, sizeof(s->population), "bench");
    s->vdaf = (struct hub_statement_vdaf){
        .circuit = HUB_CIRCUIT_HISTOGRAM, .length = shape->length, .chunk = shape->chunk};
    s->window_s = DAY_S;
    s->active_windows = 0;
    s->last_day = (uint32_t)(now_s / DAY_S);
    s->first_day = s->last_day - shape->n_windows_before;
    s->min_batch = 100;
    s->n_max = REPORTS_MAX;
    s->clock = HUB_STATEMENT_CLOCK_DEMO;
}

static hub_status make_task(struct pipeline_place *p, struct hub_why *why)
{
    char leader_url[64];
    char helper_url[64];
    const struct hub_trial_parties who = {.folder = p->folder,
                                          .leader_name = "Operator Alder (bench)",
                                          .leader_url = leader_url,
                                          .helper_name = "Operator Birch (bench)",
                                          .helper_url = helper_url,
                                          .collector_name = "Office (bench)"};
    struct hub_trial_task trial = {.rho_day = HUB_RHO_ONE >> 9, .time_zone = "UTC"};
    const struct hub_rng rng = hub_system_rng();
    const char *const scheme = pipeline_tls_scheme(p->front.tls);

    (void)snprintf(leader_url, sizeof(leader_url), "%s://127.0.0.1:%u/", scheme, p->leader.port);
    (void)snprintf(helper_url, sizeof(helper_url), "%s://127.0.0.1:%u/", scheme, p->helper.port);
    fill_statement(&trial.statement, &p->shape, p->now_s);
    HUB_TRY(hub_trial_task_new(&p->task, &who, &trial, &rng, why));
    return hub_device_vdaf_new(&p->vdaf, p->task);
}

static hub_status fetch_key(struct hub_hpke_config *out, struct hub_http_client *client,
                            const char *base, struct hub_why *why)
{
    char url[HUB_HTTP_URL_MAX];
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response response = {0};

    HUB_TRY(hub_url_join(url, base, "hpke_config"));
    const struct hub_http_call call = {
        .method = HUB_HTTP_GET,
        .url = url,
        .accept = hub_media_type(HUB_MESSAGE_HPKE_CONFIG_LIST),
        .response_bytes_max = KEY_LIST_MAX,
    };
    HUB_TRY(hub_http_fetch(client, &response, &call, why));
    return hub_device_pick_config(out, hub_buf_span(&response.body));
}

static hub_status make_url(struct pipeline_place *p)
{
    char id[64];
    char path[128];
    char url[HUB_HTTP_URL_MAX];

    hub_base64url_encode(id, HUB_SPAN_ARRAY(p->task->id.bytes));
    (void)snprintf(path, sizeof(path), "tasks/%s/reports", id);
    HUB_TRY(hub_url_join(url, p->task->leader_url, path));
    (void)snprintf(p->reports_url, sizeof(p->reports_url), "%s", url);
    return HUB_OK;
}

hub_status pipeline_place_meet(struct pipeline_place *p, struct hub_why *why)
{
    struct hub_http_client_config client = hub_http_client_config();

    client.ca_file = p->front.ca_file;
    HUB_TRY(hub_http_client_new(&p->client, &client));
    HUB_TRY(fetch_key(&p->leader_key, p->client, p->task->leader_url, why));
    HUB_TRY(fetch_key(&p->helper_key, p->client, p->task->helper_url, why));
    return make_url(p);
}

static hub_status make_folder(struct pipeline_place *p, const char *parent, struct hub_why *why)
{
    char path[PIPELINE_PATH_MAX + 16];

    if ((size_t)snprintf(p->folder, sizeof(p->folder), "%s/hubbub-bench-XXXXXX", parent) >=
            sizeof(p->folder) - 64 ||
        mkdtemp(p->folder) == NULL) {
        p->folder[0] = '\0';
        return hub_why(why, HUB_E_IO, "%s: %s", parent, strerror(errno));
    }
    (void)snprintf(path, sizeof(path), "%s/public", p->folder);
    (void)snprintf(p->clock_path, sizeof(p->clock_path), "%s/clock", p->folder);
    return hub_file_make_dir(path, 0755, why);
}

/* All at once, so that they differ; free again for the parties that come next. */
static void choose_ports(struct pipeline_place *p)
{
    uint16_t *const ports[] = {
        &p->leader.port, &p->helper.port,         &p->leader.metrics_port, &p->helper.metrics_port,
        &p->second.port, &p->second.metrics_port, &p->leader.plain_port,   &p->helper.plain_port};
    int reserved[sizeof(ports) / sizeof(ports[0])];

    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        *ports[i] = demo_place_port(0, &reserved[i]);
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
        demo_place_release(&reserved[i]);
}

static hub_status make_databases(struct pipeline_place *p, const char *parent, struct hub_why *why)
{
    HUB_TRY(postgres_server_open(&p->server, parent, true, why));
    HUB_TRY(postgres_server_sql(&p->server, "postgres", "CREATE DATABASE leader", why));
    HUB_TRY(postgres_server_sql(&p->server, "postgres", "CREATE DATABASE helper", why));
    postgres_server_url(&p->server, p->leader.database, "leader");
    postgres_server_url(&p->server, p->helper.database, "helper");
    return HUB_OK;
}

static hub_status start_second(struct pipeline_place *p, const char *lines, struct hub_why *why)
{
    const char *const path = strstr(p->reports_url, "/tasks/");

    HUB_TRY(pipeline_party_init_second(&p->second, &p->leader));
    HUB_TRY(pipeline_party_start(&p->second, p->program, p->clock_path, lines, why));
    (void)snprintf(p->second_url, sizeof(p->second_url), "http://127.0.0.1:%u%s", p->second.port,
                   path);
    return HUB_OK;
}

hub_status pipeline_place_open(struct pipeline_place *p, const struct pipeline_options *options,
                               const struct pipeline_shape *shape, const char *leader_lines,
                               struct hub_why *why)
{
    const char *const program = options->program;

    *p = (struct pipeline_place){.program = program, .shape = *shape};
    HUB_TRY(make_folder(p, options->parent, why));
    pipeline_party_init(&p->leader, "leader", p->folder);
    pipeline_party_init(&p->helper, "helper", p->folder);
    p->now_s = (uint64_t)time(NULL) / DAY_S * DAY_S + DAY_S / 2;
    choose_ports(p);
    HUB_TRY(pipeline_front_open(&p->front, options->tls, p->folder, &p->leader, &p->helper, why));
    HUB_TRY(hub_stepped_clock_make(&p->clock, p->clock_path, p->now_s, why));
    HUB_TRY(make_task(p, why));
    if (options->on_postgres)
        HUB_TRY(make_databases(p, options->parent, why));
    HUB_TRY(pipeline_party_start(&p->helper, program, p->clock_path, "", why));
    HUB_TRY(pipeline_party_start(&p->leader, program, p->clock_path, leader_lines, why));
    HUB_TRY(pipeline_place_meet(p, why));
    return options->n_leaders > 1 ? start_second(p, leader_lines, why) : HUB_OK;
}

void pipeline_place_close(struct pipeline_place *p)
{
    pipeline_party_clear(&p->second);
    pipeline_party_clear(&p->leader);
    pipeline_party_clear(&p->helper);
    pipeline_front_close(&p->front);
    postgres_server_close(&p->server);
    hub_http_client_free(p->client);
    hub_stepped_clock_close(&p->clock);
    hub_vdaf_free(p->vdaf);
    hub_task_free(p->task);
    if (p->folder[0] != '\0')
        demo_place_remove(p->folder);
    *p = (struct pipeline_place){0};
}

hub_status pipeline_place_collect(struct pipeline_place *p, struct hub_collection *out,
                                  double *took_us, struct hub_why *why)
{
    HUB_CLEANUP(hub_collected_task_clear) struct hub_collected_task task = {.task = NULL};
    struct hub_http_client_config http = hub_http_client_config();
    const uint64_t window = pipeline_window(p);
    char task_path[PIPELINE_PATH_MAX + 64];
    char key_path[PIPELINE_PATH_MAX + 64];
    struct timespec start;
    struct timespec end;

    (void)snprintf(task_path, sizeof(task_path), "%s/collector/tasks/bench.task.ini", p->folder);
    (void)snprintf(key_path, sizeof(key_path), "%s/collector/keys/collector.key", p->folder);
    http.ca_file = p->front.ca_file;
    hub_stepped_clock_advance(&p->clock, hub_task_release_s(p->task, window) + 1);
    HUB_TRY(hub_collect_load(&task, task_path, key_path, why));
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    HUB_TRY(hub_collect_once(out, &task, &http, window, 1, PATIENCE_S, why));
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    *took_us =
        (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3;
    return HUB_OK;
}

/* Over 1,000 buckets 8 standard deviations are passed once in 10^12 times. */
hub_status pipeline_place_judge(const struct pipeline_place *p, const struct hub_collection *c,
                                uint64_t n, const uint64_t *truth, struct hub_why *why)
{
    const double off_max = 8 * sqrt((double)c->variance);

    if (c->n_reports != n || c->n_cells != p->shape.length)
        return hub_why(why, HUB_E_VERIFY, "%llu reports were collected, %llu were taken",
                       (unsigned long long)c->n_reports, (unsigned long long)n);
    for (size_t i = 0; i < c->n_cells; i++) {
        const double off = (double)c->totals[i] - (double)truth[i];
        if (off > off_max || off < -off_max)
            return hub_why(why, HUB_E_VERIFY, "bucket %zu: collected %lld, sent %llu", i,
                           (long long)c->totals[i], (unsigned long long)truth[i]);
    }
    return HUB_OK;
}

hub_status pipeline_place_check(struct pipeline_place *p, uint64_t n, const uint64_t *truth,
                                struct hub_why *why)
{
    HUB_CLEANUP(hub_collection_clear) struct hub_collection result = {.totals = NULL};
    double took_us;

    HUB_TRY(pipeline_place_collect(p, &result, &took_us, why));
    return pipeline_place_judge(p, &result, n, truth, why);
}
