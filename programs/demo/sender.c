/* Makes the requests of each moment. */
#include "demo/sender.h"

#include "base/text.h"
#include "crypto/random.h"
#include "http/client.h"
#include "http/url.h"
#include "wire/media_type.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BAD_EVERY_SERVICES = 60, /* windows between two bad reports of a measure */
    BAD_EVERY_DEVICES = 2,
    FUTURE_WINDOWS = 3, /* as the maker's: not where the task ends before */
    KEY_LIST_BYTES_MAX = 65535
};

static int by_time(const void *a, const void *b)
{
    const struct demo_moment *const x = a;
    const struct demo_moment *const y = b;

    if (x->at_s != y->at_s)
        return x->at_s < y->at_s ? -1 : 1;
    return x->measure < y->measure ? -1 : x->measure > y->measure;
}

static hub_status order_moments(struct demo_sender *s)
{
    for (size_t t = 0; t < s->tasks->n; t++)
        s->n_moments += s->tasks->list[t].n_windows;
    s->moments = calloc(s->n_moments, sizeof(*s->moments));
    if (s->moments == NULL)
        return HUB_E_MEMORY;
    size_t at = 0;
    for (unsigned t = 0; t < s->tasks->n; t++) {
        const struct demo_task *const task = &s->tasks->list[t];
        const struct demo_city_measure *const cm = &s->city->measures[task->measure];
        for (unsigned w = task->first_window; w < task->first_window + task->n_windows; w++)
            s->moments[at++] = (struct demo_moment){
                demo_window_start_s(cm, w + 1) + DEMO_DUE_AFTER_S, task->measure, w, t};
    }
    qsort(s->moments, s->n_moments, sizeof(*s->moments), by_time);
    return HUB_OK;
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
        .response_bytes_max = KEY_LIST_BYTES_MAX,
    };
    HUB_TRY(hub_http_fetch(client, &response, &call, why));
    if (!hub_http_is_success(&response))
        return hub_why(why, HUB_E_REFUSED, "%s: status %u", url, response.status);
    return hub_device_pick_config(out, hub_buf_span(&response.body));
}

static hub_status fetch_keys(struct demo_sender *s, struct hub_why *why)
{
    const struct hub_http_client_config config = hub_http_client_config();
    const struct hub_task *const task = s->tasks->list[0].task;
    struct hub_http_client *client = NULL;

    HUB_TRY(hub_http_client_new(&client, &config));
    hub_status status = fetch_key(&s->leader_key, client, task->leader_url, why);
    if (status == HUB_OK)
        status = fetch_key(&s->helper_key, client, task->helper_url, why);
    hub_http_client_free(client);
    return status;
}

static hub_status make_url(char *out, const struct hub_task *task)
{
    char url[HUB_HTTP_URL_MAX];
    char id[64];
    char path[128];

    hub_base64url_encode(id, HUB_SPAN_ARRAY(task->id.bytes));
    (void)snprintf(path, sizeof(path), "tasks/%s/reports", id);
    HUB_TRY(hub_url_join(url, task->leader_url, path));
    (void)snprintf(out, HUB_TASK_URL_MAX + 128, "%s", url);
    return HUB_OK;
}

hub_status demo_sender_init(struct demo_sender *s, const struct demo_city *city,
                            const struct demo_tasks *tasks, size_t n_workers, struct hub_why *why)
{
    *s = (struct demo_sender){
        .city = city, .tasks = tasks, .rng = hub_system_rng(), .n_workers = n_workers};
    s->urls = calloc(tasks->n, sizeof(*s->urls));
    s->makers = calloc(n_workers, sizeof(*s->makers));
    if (s->urls == NULL || s->makers == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(order_moments(s));
    HUB_TRY(fetch_keys(s, why));
    for (size_t t = 0; t < tasks->n; t++) {
        const struct demo_task *const task = &tasks->list[t];
        HUB_TRY(make_url(s->urls[t], task->task));
        if (s->vdafs[task->measure] == NULL)
            HUB_TRY(hub_device_vdaf_new(&s->vdafs[task->measure], task->task));
    }
    for (size_t w = 0; w < n_workers; w++) {
        for (size_t t = 0; t < tasks->n; t++)
            HUB_TRY(hub_maker_new(&s->makers[w][t], tasks->list[t].task,
                                  s->vdafs[tasks->list[t].measure], &s->leader_key, &s->helper_key,
                                  &s->rng));
    }
    return HUB_OK;
}

void demo_sender_clear(struct demo_sender *s)
{
    for (size_t w = 0; s->makers != NULL && w < s->n_workers; w++) {
        for (size_t t = 0; t < s->tasks->n; t++)
            hub_maker_free(s->makers[w][t]);
    }
    for (size_t i = 0; i < DEMO_N_MEASURES; i++)
        hub_vdaf_free(s->vdafs[i]);
    free(s->makers);
    free(s->urls);
    free(s->moments);
    *s = (struct demo_sender){0};
}

static struct hub_measurement measurement_of(const struct demo_measure *m, const uint64_t *values,
                                             size_t device)
{
    if (m->vdaf.circuit == HUB_CIRCUIT_SUMVEC)
        return (struct hub_measurement){0, values + device * m->n_cells, m->n_cells};
    return (struct hub_measurement){.number = values[device]};
}

/* Every so many windows one report is bad, each kind in turn. */
static enum hub_parcel_kind bad_kind(const struct demo_moment *moment, const struct demo_task *t,
                                     const struct demo_measure *m)
{
    const unsigned every = m->are_services ? BAD_EVERY_SERVICES : BAD_EVERY_DEVICES;
    const unsigned in_task = moment->window - t->first_window;

    if (in_task % every != every / 2)
        return HUB_PARCEL_GOOD;
    const enum hub_parcel_kind kind = 1 + in_task / every % (HUB_N_PARCEL_KINDS - 1);
    return kind == HUB_PARCEL_FUTURE && in_task + FUTURE_WINDOWS >= t->n_windows
               ? HUB_PARCEL_GARBAGE
               : kind;
}

/* Good reports: one request a service, or requests of a hundred devices' reports. */
static hub_status make_good(struct hub_maker *maker, struct hub_feed_moment *out,
                            const struct demo_task *t, const struct demo_measure *m,
                            const char *url, uint64_t window, const uint64_t *values)
{
    const size_t a_request = m->are_services ? 1 : DEMO_REPORTS_A_REQUEST;

    for (size_t d = 0; d < m->n_devices; d++) {
        if (d % a_request == 0) {
            struct hub_parcel *const p = &out->parcels[out->n_parcels++];
            *p = (struct hub_parcel){.kind = HUB_PARCEL_GOOD,
                                     .group = t->measure,
                                     .url = url,
                                     .token = m->are_services ? t->tokens[d] : NULL};
        }
        const struct hub_measurement measurement = measurement_of(m, values, d);
        HUB_TRY(hub_maker_add(maker, &out->parcels[out->n_parcels - 1], window, &measurement));
    }
    out->n_first = out->n_parcels;
    return HUB_OK;
}

static hub_status copy_parcel(struct hub_parcel *to, const struct hub_parcel *from)
{
    *to = (struct hub_parcel){.kind = HUB_PARCEL_REPLAY,
                              .group = from->group,
                              .url = from->url,
                              .token = from->token,
                              .n_reports = from->n_reports,
                              .body = HUB_BUF_INIT(from->body.len)};
    return hub_buf_append(&to->body, hub_buf_span(&from->body));
}

static hub_status make_bad(struct hub_maker *maker, struct hub_feed_moment *out,
                           enum hub_parcel_kind kind, const struct demo_task *t,
                           const struct demo_measure *m, const char *url, uint64_t window,
                           const uint64_t *values)
{
    struct hub_parcel *const p = &out->parcels[out->n_parcels++];
    const struct hub_measurement measurement = measurement_of(m, values, 0);

    if (kind == HUB_PARCEL_REPLAY)
        return copy_parcel(p, &out->parcels[0]);
    *p = (struct hub_parcel){.kind = kind,
                             .group = t->measure,
                             .url = url,
                             .token = m->are_services ? t->tokens[t->n_tokens - 1] : NULL};
    return hub_maker_add(maker, p, window, &measurement);
}

hub_status demo_sender_make(struct demo_sender *s, size_t worker, size_t moment,
                            struct hub_feed_moment *out)
{
    const struct demo_moment *const at = &s->moments[moment];
    const struct demo_task *const t = &s->tasks->list[at->task];
    const struct demo_city_measure *const cm = &s->city->measures[at->measure];
    const struct demo_measure *const m = cm->m;
    const enum hub_parcel_kind bad = bad_kind(at, t, m);
    const uint64_t window = demo_window_start_s(cm, at->window) / m->window_s;
    uint64_t *const values = calloc((size_t)m->n_devices * m->n_cells, sizeof(*values));

    out->at_s = at->at_s;
    out->parcels = calloc((size_t)m->n_devices + 1, sizeof(*out->parcels));
    if (values == NULL || out->parcels == NULL) {
        free(values);
        return HUB_E_MEMORY;
    }
    demo_city_measure_window(cm, at->window, values);
    hub_status status =
        make_good(s->makers[worker][at->task], out, t, m, s->urls[at->task], window, values);
    if (status == HUB_OK && bad != HUB_PARCEL_GOOD)
        status = make_bad(s->makers[worker][at->task], out, bad, t, m, s->urls[at->task], window,
                          values);
    free(values);
    return status;
}
