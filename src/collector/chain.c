/* From configuration to tasks with their keys, and from the series to what is already known. */
#include "collector/chain_internal.h"

#include "base/file.h"
#include "base/text.h"
#include "hpke/key_file.h"
#include "http/url.h"
#include "series/read.h"
#include "task/secret.h"
#include "wire/hpke_config.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { SECRET_MAX = 1 << 20 };

/* NAME.task.ini to NAME.collector.ini. */
static char *secret_path(const char *path)
{
    static const char ending[] = ".task.ini";
    const size_t n = strlen(path);
    char *out;

    if (n < sizeof(ending) || strcmp(path + n - (sizeof(ending) - 1), ending) != 0)
        return NULL;
    return asprintf(&out, "%.*s.collector.ini", (int)(n - (sizeof(ending) - 1)), path) < 0 ? NULL
                                                                                           : out;
}

static hub_status load_secret(struct hub_task_secret *out, const char *task_path,
                              const struct hub_task *task, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_MAX);
    char *const path = secret_path(task_path);

    if (path == NULL)
        return HUB_E_MEMORY;
    hub_status status = hub_file_read(&text, path, why);
    if (status == HUB_OK)
        status = hub_task_secret_parse(out, hub_buf_span(&text), path, why);
    if (status == HUB_OK && (out->role != HUB_ROLE_COLLECTOR ||
                             memcmp(&out->task_id, &task->id, sizeof(task->id)) != 0)) {
        hub_task_secret_wipe(out);
        status = hub_why(why, HUB_E_CONFIG,
                         "%.200s: it is not the collector's secret for this task", path);
    }
    free(path);
    return status;
}

/* The statement names the key that shares are sealed to: another one could open nothing. */
static hub_status check_key(const struct hub_task *task, const struct hub_hpke_keypair *key,
                            const char *path, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(512);
    struct hub_hpke_config_view view;

    HUB_TRY(hub_base64url_decode(&bytes, hub_span_text(task->statement.collector_hpke_config)));
    HUB_TRY(hub_hpke_config_decode(&view, hub_buf_span(&bytes)));
    if (view.id != key->config.id ||
        !hub_span_equal_var(view.public_key, HUB_SPAN_ARRAY(key->config.public_key)))
        return hub_why(why, HUB_E_CONFIG, "%.200s: its statement names another collector key",
                       path);
    return HUB_OK;
}

hub_status hub_collected_task_load(struct hub_collected_task *out, const char *path,
                                   const struct hub_hpke_keypair *key, struct hub_why *why)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *task = NULL;
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret secret = {.services = NULL};

    HUB_TRY(hub_task_load(&task, path, hub_file_read, why));
    HUB_TRY(check_key(task, key, path, why));
    HUB_TRY(load_secret(&secret, path, task, why));
    HUB_TRY(hub_collected_task_init(out, task, key, secret.token));
    task = NULL;
    return HUB_OK;
}

char *hub_collection_jobs_url(const struct hub_task *task)
{
    char id[HUB_BASE64URL_LEN(HUB_TASK_ID_LEN) + 1];
    char path[96];
    char url[HUB_HTTP_URL_MAX];

    hub_base64url_encode(id, HUB_SPAN_ARRAY(task->id.bytes));
    (void)snprintf(path, sizeof(path), "tasks/%s/collection_jobs", id);
    return hub_url_join(url, task->leader_url, path) == HUB_OK ? strdup(url) : NULL;
}

static hub_status link_init(struct hub_chain_link *link, const char *measure, const char *path,
                            const struct hub_hpke_keypair *key, bool clock_is_demo,
                            struct hub_why *why)
{
    HUB_TRY(hub_collected_task_load(&link->collected, path, key, why));
    const struct hub_task *const t = link->collected.task;
    if (t->statement.clock == HUB_STATEMENT_CLOCK_DEMO && !clock_is_demo)
        return hub_why(why, HUB_E_REFUSED, "%.200s: 'clock: demo' is for the demo only", path);
    link->first = t->first_s / t->window_s;
    link->n_windows = (t->end_s - t->first_s) / t->window_s;
    link->measure = strdup(measure);
    link->jobs_url = hub_collection_jobs_url(t);
    link->is_done = calloc(link->n_windows, 1);
    return link->measure == NULL || link->jobs_url == NULL || link->is_done == NULL ? HUB_E_MEMORY
                                                                                    : HUB_OK;
}

static void link_clear(struct hub_chain_link *link)
{
    hub_collected_task_clear(&link->collected);
    free(link->measure);
    free(link->jobs_url);
    free(link->is_done);
}

void hub_chain_clear(struct hub_chain *c)
{
    for (size_t i = 0; i < c->n_links; i++)
        link_clear(&c->links[i]);
    free(c->links);
    *c = (struct hub_chain){.links = NULL};
}

/* The statement's line for the VDAF, without its key. */
static char *vdaf_text(const struct hub_task *t)
{
    static const char key[] = "vdaf: ";
    const hub_span text = hub_buf_span(&t->statement_text);
    const uint8_t *const at = memmem(text.ptr, text.len, "\nvdaf: ", sizeof("\nvdaf: ") - 1);

    if (at == NULL)
        return NULL;
    const uint8_t *const value = at + sizeof(key);
    const uint8_t *const end = memchr(value, '\n', text.len - (size_t)(value - text.ptr));
    return end == NULL ? NULL : strndup((const char *)value, (size_t)(end - value));
}

static hub_status put_task(struct hub_series *series, const struct hub_chain_link *link,
                           const char *measure)
{
    const struct hub_task *const t = link->collected.task;
    const struct hub_statement *const s = &t->statement;
    char id[HUB_BASE64URL_LEN(HUB_TASK_ID_LEN) + 1];
    char *const statement = strndup((const char *)t->statement_text.ptr, t->statement_text.len);
    char *const vdaf = vdaf_text(t);
    hub_status status = HUB_E_MEMORY;

    hub_base64url_encode(id, HUB_SPAN_ARRAY(t->id.bytes));
    if (statement != NULL && vdaf != NULL) {
        const struct hub_series_task facts = {
            .name = t->name,
            .task_id = id,
            .statement = statement,
            .vdaf = vdaf,
            .unit = hub_unit_name(s->unit),
            .population = s->population,
            .profile = hub_profile_name(s->profile),
            .leader_name = s->leader.name,
            .leader_url = s->leader.url,
            .helper_name = s->helper.name,
            .helper_url = s->helper.url,
            .sigma2 = s->sigma2,
            .variance = hub_statement_n_noises(s) * s->sigma2,
            .rho_day = s->rho_day,
            .window_s = t->window_s,
            .grace_s = t->grace_s,
            .first_s = t->first_s,
            .end_s = t->end_s,
            .min_batch = t->min_batch,
        };
        status = hub_series_put_task(series, measure, &facts);
    }
    free(statement);
    free(vdaf);
    return status;
}

static hub_status put_measure(struct hub_series *series, const struct hub_collector_measure *m,
                              const struct hub_task *first)
{
    const char *const only = m->title;
    const struct hub_series_measure words = {
        .name = m->name,
        .title = m->title,
        .unit = m->unit,
        .time_zone = m->time_zone,
        .note = m->note,
        .source = m->source,
        .licence = m->licence,
        .made_up = m->made_up,
        .position = m->position,
        .whole = first->vdaf.type == HUB_VDAF_TYPE_PRIO3_HISTOGRAM,
        .cells = first->labels != NULL ? first->labels : &only,
        .n_cells = first->labels != NULL || first->n_cells == 1 ? first->n_cells : 0,
    };
    return hub_series_put_measure(series, &words);
}

/* All tasks of a chain count the same cells, one after the other in time. */
static hub_status check_chain(const struct hub_chain_link *links, size_t n,
                              const struct hub_collector_measure *m, struct hub_why *why)
{
    const struct hub_task *const first = links[0].collected.task;

    assert(first != NULL);
    if (first->n_cells > 1 && first->labels == NULL)
        return hub_why(why, HUB_E_CONFIG,
                       "measure %s: task %s has %zu cells and no labels to show them by", m->name,
                       first->name, first->n_cells);
    for (size_t i = 1; i < n; i++) {
        const struct hub_task *const t = links[i].collected.task;
        if (t->n_cells != first->n_cells ||
            !hub_span_equal_var(hub_buf_span(&t->labels_text), hub_buf_span(&first->labels_text)))
            return hub_why(why, HUB_E_CONFIG, "measure %s: tasks %s and %s have different cells",
                           m->name, first->name, t->name);
        for (size_t k = 0; k < i; k++) {
            const struct hub_task *const o = links[k].collected.task;
            if (t->first_s < o->end_s && o->first_s < t->end_s)
                return hub_why(why, HUB_E_CONFIG, "measure %s: tasks %s and %s overlap in time",
                               m->name, o->name, t->name);
        }
    }
    return HUB_OK;
}

static void mark_done(struct hub_chain_link *links, size_t n, uint64_t start)
{
    for (size_t i = 0; i < n; i++) {
        const struct hub_task *const t = links[i].collected.task;
        if (start >= t->first_s && start < t->end_s)
            links[i].is_done[(start - t->first_s) / t->window_s] = 1;
    }
}

/* A gap that means "not yet" is asked for again. */
static hub_status read_done(struct hub_series *series, struct hub_chain_link *links, size_t n,
                            const char *name)
{
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};
    struct hub_measure measure;
    struct hub_series_point *points;
    struct hub_series_gap *gaps;
    size_t n_points;
    size_t n_gaps;

    HUB_TRY(hub_series_measure(series, &arena, &measure, name));
    HUB_TRY(hub_series_points(series, &arena, &points, &n_points, measure.id, 0, 0, INT64_MAX));
    HUB_TRY(hub_series_gaps(series, &arena, &gaps, &n_gaps, measure.id, 0, INT64_MAX));
    for (size_t i = 0; i < n_points; i++)
        mark_done(links, n, points[i].start);
    for (size_t i = 0; i < n_gaps; i++) {
        if (gaps[i].reason != HUB_GAP_FAILED)
            mark_done(links, n, gaps[i].start);
    }
    return HUB_OK;
}

static hub_status load_measure(struct hub_chain *c, const struct hub_collector_measure *m,
                               const struct hub_hpke_keypair *key, struct hub_series *series,
                               bool clock_is_demo, struct hub_why *why)
{
    struct hub_chain_link *const first = &c->links[c->n_links];

    for (size_t i = 0; i < m->n_tasks; i++) {
        struct hub_chain_link *const link = &c->links[c->n_links++];
        HUB_TRY(link_init(link, m->name, m->tasks[i], key, clock_is_demo, why));
    }
    HUB_TRY(check_chain(first, m->n_tasks, m, why));
    hub_status status = hub_series_begin(series);
    if (status == HUB_OK)
        status = put_measure(series, m, first->collected.task);
    for (size_t i = 0; status == HUB_OK && i < m->n_tasks; i++)
        status = put_task(series, &first[i], m->name);
    if (status == HUB_OK)
        status = hub_series_commit(series);
    if (status != HUB_OK) {
        hub_series_rollback(series);
        return hub_why(why, status, "measure %s does not go into the series: %s", m->name,
                       hub_status_text(status));
    }
    return read_done(series, first, m->n_tasks, m->name);
}

hub_status hub_chain_load(struct hub_chain *out, const struct hub_collector_config *config,
                          struct hub_series *series, bool clock_is_demo, struct hub_why *why)
{
    HUB_CLEANUP(hub_chain_clear) struct hub_chain c = {.links = NULL};
    HUB_CLEANUP(hub_hpke_keypair_wipe) struct hub_hpke_keypair key = {.config = {.id = 0}};
    size_t n = 0;

    for (size_t i = 0; i < config->n_measures; i++)
        n += config->measures[i].n_tasks;
    if (n == 0)
        return HUB_E_ARGUMENT; /* the configuration's parser does not let that through */
    c.links = calloc(n, sizeof(*c.links));
    if (c.links == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_hpke_key_file_load(&key, config->key, hub_file_read, why));
    for (size_t i = 0; i < config->n_measures; i++)
        HUB_TRY(load_measure(&c, &config->measures[i], &key, series, clock_is_demo, why));
    *out = c;
    c = (struct hub_chain){.links = NULL};
    return HUB_OK;
}
