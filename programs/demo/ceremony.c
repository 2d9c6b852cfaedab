/* Tasks, keys, tokens and configurations for one run of the demo. */
#include "demo/ceremony.h"

#include "base/file.h"
#include "base/text.h"
#include "crypto/random.h"
#include "operator/trial.h"
#include "statement/calibration.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONFIG_BYTES_MAX = 64 << 10, SECRET_BYTES_MAX = 64 << 10 };

/* Names that show that nobody real is behind them. */
static const char leader_name[] = "Operator Alder (demo)";
static const char helper_name[] = "Operator Birch (demo)";
static const char collector_name[] = "City statistics office (demo)";
static const char owner_name[] = "City of Demo";
static const char legal_basis[] = "none: a demonstration on one machine";

static hub_status put_labels(struct hub_buf *out, const struct demo_measure *m)
{
    for (size_t c = 0; c < m->n_cells && m->labels[0] != NULL; c++)
        HUB_TRY(hub_buf_print(out, "%s\n", m->labels[c]));
    return HUB_OK;
}

static void copy_text(char out[HUB_STATEMENT_TEXT_MAX + 1], const char *text)
{
    (void)snprintf(out, HUB_STATEMENT_TEXT_MAX + 1, "%s", text);
}

static void fill_statement(struct hub_statement *s, const struct demo_city_measure *cm,
                           unsigned part, const struct demo_task *t)
{
    const struct demo_measure *const m = cm->m;
    const uint64_t start_s = demo_window_start_s(cm, t->first_window);
    const uint64_t end_s = demo_window_start_s(cm, t->first_window + t->n_windows);

    hub_statement_defaults(s, m->unit);
    if (m->n_tasks == 1)
        (void)snprintf(s->name, sizeof(s->name), "%s", m->name);
    else
        (void)snprintf(s->name, sizeof(s->name), "%s-%u", m->name, part + 1);
    copy_text(s->title, m->title);
    copy_text(s->purpose, m->purpose);
    copy_text(s->legal_basis, legal_basis);
    copy_text(s->owner, owner_name);
    (void)snprintf(s->population, sizeof(s->population), "%s", m->name);
    s->vdaf = m->vdaf;
    s->resident_c = m->resident_c;
    s->resident_cells = m->resident_c == 0 ? 0 : (uint32_t)m->n_cells;
    s->window_s = m->window_s;
    s->active_windows = 0; /* all windows of a day: nobody limits them */
    s->grace_s = m->grace_s;
    s->release_minute = m->release_minute;
    s->first_day = (uint32_t)(start_s / 86400);
    s->last_day = (uint32_t)((end_s - 1) / 86400);
    s->min_batch = m->min_batch;
    s->n_max = m->n_max;
    s->clock = HUB_STATEMENT_CLOCK_DEMO;
}

static hub_status load_tokens(struct demo_task *t, const char *run_folder, size_t n,
                              struct hub_why *why)
{
    t->tokens = calloc(n, sizeof(*t->tokens));
    if (t->tokens == NULL)
        return HUB_E_MEMORY;
    t->n_tokens = n;
    for (size_t i = 0; i < n; i++) {
        char path[DEMO_PATH_MAX + 128];
        HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_BYTES_MAX);
        HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret secret = {0};
        (void)snprintf(path, sizeof(path), "%s/services/%02zu/%s.service.ini", run_folder, i + 1,
                       t->task->name);
        HUB_TRY(hub_file_read(&text, path, why));
        HUB_TRY(hub_task_secret_parse(&secret, hub_buf_span(&text), path, why));
        memcpy(t->tokens[i], secret.token, sizeof(secret.token));
    }
    return HUB_OK;
}

static hub_status make_task(struct demo_task *t, const struct demo_city_measure *cm, unsigned part,
                            const struct hub_trial_parties *who, struct hub_why *why)
{
    const struct demo_measure *const m = cm->m;
    const struct hub_rng rng = hub_system_rng();
    HUB_CLEANUP(hub_buf_clear) struct hub_buf labels = HUB_BUF_INIT(CONFIG_BYTES_MAX);
    struct hub_trial_task trial = {.rho_day = HUB_RHO_ONE >> m->rho_log2, .time_zone = "UTC"};

    demo_city_task_windows(cm, part, &t->first_window, &t->n_windows);
    fill_statement(&trial.statement, cm, part, t);
    HUB_TRY(put_labels(&labels, m));
    trial.labels = hub_buf_span(&labels);
    trial.n_services = m->are_services ? m->n_devices + 1 : 0; /* and the broken one */
    HUB_TRY(hub_trial_task_new(&t->task, who, &trial, &rng, why));
    return m->are_services ? load_tokens(t, who->folder, trial.n_services, why) : HUB_OK;
}

static hub_status write_collector_config(const struct demo_city *city,
                                         const struct demo_tasks *tasks, const char *run_folder,
                                         const char *path, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(CONFIG_BYTES_MAX);

    HUB_TRY(hub_buf_print(&text,
                          "[collector]\nseries = %s/series/series.db\nkey = keys/collector.key\n"
                          "in_flight = 32\npoll_ms = 20\n",
                          run_folder));
    for (unsigned i = 0; i < DEMO_N_MEASURES; i++) {
        const struct demo_measure *const m = city->measures[i].m;
        HUB_TRY(hub_buf_print(&text,
                              "\n[measure %s]\ntitle = %s\nunit = %s\ntime_zone = UTC\nnote = %s\n"
                              "made_up = %s\nposition = %u\n",
                              m->name, m->title, m->counted, m->note, m->is_made_up ? "yes" : "no",
                              i + 1));
        if (m->source[0] != '\0')
            HUB_TRY(hub_buf_print(&text, "source = %s\nlicence = %s\n", m->source, m->licence));
        for (size_t t = 0; t < tasks->n; t++) {
            if (tasks->list[t].measure == i)
                HUB_TRY(
                    hub_buf_print(&text, "task = tasks/%s.task.ini\n", tasks->list[t].task->name));
        }
    }
    return hub_file_put(path, hub_buf_span(&text), 0640, why);
}

/* The ceremony wrote leader.ini; the demo also wants the leader's figures. */
static hub_status add_metrics(const char *path, uint16_t port, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(CONFIG_BYTES_MAX);

    HUB_TRY(hub_file_read(&text, path, why));
    HUB_TRY(hub_buf_print(&text, "metrics = 127.0.0.1:%u\n", port));
    return hub_file_put(path, hub_buf_span(&text), 0640, why);
}

static hub_status write_office_config(const struct demo_party *office, const char *run_folder,
                                      struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(CONFIG_BYTES_MAX);

    HUB_TRY(hub_buf_print(&text,
                          "[office]\nlisten = 127.0.0.1:%u\nseries = %s/series/series.db\n"
                          "title = Demo city, statistics office\nstory = %s/public/story.ini\n"
                          "truth = %s/public/truth.csv\n",
                          office->port, run_folder, run_folder, run_folder));
    return hub_file_put(office->config, hub_buf_span(&text), 0640, why);
}

static void name_parties(struct demo_party *parties, const char *run_folder)
{
    static const char *const names[DEMO_N_PARTIES] = {"leader", "helper", "collector", "office"};
    static const char *const words[DEMO_N_PARTIES] = {"aggregator", "aggregator", "collector",
                                                      "office"};

    for (int i = 0; i < DEMO_N_PARTIES; i++) {
        struct demo_party *const p = &parties[i];
        p->name = names[i];
        p->word = words[i];
        (void)snprintf(p->folder, sizeof(p->folder), "%s/%s", run_folder, p->name);
        (void)snprintf(p->config, sizeof(p->config), "%s/%s/%s.ini", run_folder, p->name, p->name);
    }
}

hub_status demo_ceremony(struct demo_tasks *tasks, struct demo_party *parties,
                         const struct demo_city *city, const char *run_folder,
                         uint16_t metrics_port, struct hub_why *why)
{
    char leader_url[64];
    char helper_url[64];
    char series_folder[DEMO_PATH_MAX + 16];
    char series[DEMO_PATH_MAX + 32];
    const struct hub_trial_parties who = {.folder = run_folder,
                                          .leader_name = leader_name,
                                          .leader_url = leader_url,
                                          .helper_name = helper_name,
                                          .helper_url = helper_url,
                                          .collector_name = collector_name};

    name_parties(parties, run_folder);
    (void)snprintf(leader_url, sizeof(leader_url), "http://127.0.0.1:%u/",
                   parties[DEMO_LEADER].port);
    (void)snprintf(helper_url, sizeof(helper_url), "http://127.0.0.1:%u/",
                   parties[DEMO_HELPER].port);
    for (unsigned i = 0; i < DEMO_N_MEASURES; i++) {
        for (unsigned part = 0; part < city->measures[i].m->n_tasks; part++) {
            struct demo_task *const t = &tasks->list[tasks->n];
            t->measure = i;
            tasks->n++;
            HUB_TRY(make_task(t, &city->measures[i], part, &who, why));
        }
    }
    HUB_TRY(hub_file_make_dir(parties[DEMO_OFFICE].folder, 0750, why));
    HUB_TRY(add_metrics(parties[DEMO_LEADER].config, metrics_port, why));
    HUB_TRY(write_collector_config(city, tasks, run_folder, parties[DEMO_COLLECTOR].config, why));
    HUB_TRY(write_office_config(&parties[DEMO_OFFICE], run_folder, why));
    (void)snprintf(series_folder, sizeof(series_folder), "%s/series", run_folder);
    (void)snprintf(series, sizeof(series), "%s/series/series.db", run_folder);
    HUB_TRY(demo_party_share_series(series_folder, series, why));
    for (int i = 0; i < DEMO_N_PARTIES; i++)
        HUB_TRY(demo_party_own((enum demo_party_id)i, parties[i].folder, why));
    return HUB_OK;
}

void demo_tasks_clear(struct demo_tasks *tasks)
{
    for (size_t i = 0; i < tasks->n; i++) {
        hub_task_free(tasks->list[i].task);
        if (tasks->list[i].tokens != NULL)
            hub_wipe(tasks->list[i].tokens,
                     tasks->list[i].n_tokens * sizeof(*tasks->list[i].tokens));
        free(tasks->list[i].tokens);
    }
    *tasks = (struct demo_tasks){0};
}
