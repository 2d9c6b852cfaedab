/* Sends the moments one after another and keeps the books on the answers. */
#include "sim/feed.h"

#include "http/client.h"
#include "sim/feed_ahead_internal.h"
#include "wire/media_type.h"
#include "wire/upload.h"

#include <stdlib.h>
#include <unistd.h>

enum { N_CONNECTIONS = 24, PATIENCE_MS = 5 * 60 * 1000, RETRY_FIRST_MS = 50, RETRY_LAST_MS = 2000 };

/* One request under way. */
struct errand {
    struct hub_feed_counts *counts;
    const struct hub_parcel *parcel;
    bool is_over;
};

static void count_statuses(struct errand *e, hub_span body)
{
    const size_t n = body.len / HUB_UPLOAD_STATUS_LEN;
    uint64_t n_refused = 0;

    for (size_t i = 0; i < n; i++) {
        struct hub_upload_status s;
        const hub_span item =
            hub_span_slice(body, i * HUB_UPLOAD_STATUS_LEN, HUB_UPLOAD_STATUS_LEN);
        if (hub_upload_errors_decode(&s, 1, item) != HUB_OK ||
            (unsigned)s.error >= HUB_N_REPORT_ERRORS)
            continue;
        e->counts->by_error[s.error]++;
        n_refused++;
        const bool as_expected =
            (e->parcel->kind == HUB_PARCEL_FUTURE && s.error == HUB_REPORT_TOO_EARLY) ||
            (e->parcel->kind == HUB_PARCEL_REPLAY && s.error == HUB_REPORT_REPLAYED);
        e->counts->unexpected += as_expected ? 0 : 1;
    }
    const uint64_t n_taken =
        n_refused > e->parcel->n_reports ? 0 : e->parcel->n_reports - n_refused;
    e->counts->taken += n_taken;
    if (e->parcel->kind >= HUB_PARCEL_FUTURE) /* upload must refuse these */
        e->counts->unexpected += n_taken;
}

static void on_answer(void *self, hub_status status, struct hub_http_response *response)
{
    struct errand *const e = self;

    if (status != HUB_OK || response->status >= 500 || response->status == 429) {
        e->counts->retries++;
        return;
    }
    e->is_over = true;
    if (response->status >= 400) {
        e->counts->malformed += e->parcel->n_reports;
        if (e->parcel->kind != HUB_PARCEL_GARBAGE)
            e->counts->unexpected += e->parcel->n_reports;
        return;
    }
    count_statuses(e, hub_buf_span(&response->body));
}

static hub_status submit(struct hub_http_crowd *crowd, struct errand *e)
{
    const struct hub_http_call call = {
        .method = HUB_HTTP_POST,
        .url = e->parcel->url,
        .content_type = hub_media_type(HUB_MESSAGE_UPLOAD_REQ),
        .bearer = e->parcel->token,
        .body = hub_buf_span(&e->parcel->body),
    };
    return hub_http_crowd_submit(crowd, &call, on_answer, e);
}

/* Outlives the requests of a moment, so that an answer always finds its errand. */
struct sender {
    struct hub_http_crowd *crowd;
    struct hub_feed_counts *counts;
    struct errand *errands;
    size_t capacity;
};

static void sender_clear(struct sender *s)
{
    hub_http_crowd_free(s->crowd);
    free(s->errands);
}

/* Only while nothing is under way. */
static hub_status make_errands(struct sender *s, const struct hub_parcel *parcels, size_t n)
{
    if (n > s->capacity) {
        struct errand *const errands = realloc(s->errands, n * sizeof(*errands));
        if (errands == NULL)
            return HUB_E_MEMORY;
        s->errands = errands;
        s->capacity = n;
    }
    for (size_t i = 0; i < n; i++) {
        struct hub_feed_counts *const counts = &s->counts[parcels[i].group % HUB_FEED_GROUPS_MAX];
        s->errands[i] = (struct errand){counts, &parcels[i], false};
        counts->sent += parcels[i].n_reports;
        counts->by_kind[parcels[i].kind] += parcels[i].n_reports;
    }
    return HUB_OK;
}

static size_t count_open(const struct sender *s, size_t n)
{
    size_t n_open = 0;

    for (size_t i = 0; i < n; i++)
        n_open += s->errands[i].is_over ? 0 : 1;
    return n_open;
}

/* Sends n parcels until each has its final answer: the same bytes again after a failure. */
static hub_status send_all(struct sender *s, const struct hub_parcel *parcels, size_t n)
{
    const uint64_t until_ms = hub_monotonic_ms() + PATIENCE_MS;
    unsigned pause_ms = RETRY_FIRST_MS;

    HUB_TRY(make_errands(s, parcels, n));
    for (;;) {
        for (size_t i = 0; i < n; i++) {
            if (!s->errands[i].is_over)
                HUB_TRY(submit(s->crowd, &s->errands[i]));
        }
        HUB_TRY(hub_http_crowd_run(s->crowd));
        if (count_open(s, n) == 0)
            return HUB_OK;
        if (hub_monotonic_ms() > until_ms)
            return HUB_E_NETWORK;
        (void)usleep(pause_ms * 1000);
        pause_ms = pause_ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : pause_ms * 2;
    }
}

static hub_status run_moments(const struct hub_feed *feed, struct hub_feed_ahead *ahead,
                              struct sender *s)
{
    for (size_t m = 0; m < feed->n_moments && !atomic_load(feed->stop); m++) {
        HUB_CLEANUP(hub_feed_moment_clear) struct hub_feed_moment moment = {0};
        HUB_TRY(hub_feed_ahead_take(ahead, &moment));
        feed->advance(feed->self, moment.at_s);
        HUB_TRY(send_all(s, moment.parcels, moment.n_first));
        HUB_TRY(send_all(s, moment.parcels + moment.n_first, moment.n_parcels - moment.n_first));
        HUB_TRY(feed->done(feed->self, m));
    }
    return HUB_OK;
}

hub_status hub_feed_run(const struct hub_feed *feed, struct hub_feed_counts *counts,
                        struct hub_why *why)
{
    struct hub_http_client_config config = hub_http_client_config();
    HUB_CLEANUP(sender_clear) struct sender sender = {.counts = counts};
    struct hub_feed_ahead ahead = {0};

    memset(counts, 0, HUB_FEED_GROUPS_MAX * sizeof(*counts));
    config.n_connections_max = N_CONNECTIONS;
    config.ca_file = feed->ca_file;
    hub_status status = hub_http_crowd_new(&sender.crowd, &config);
    if (status == HUB_OK)
        status = hub_feed_ahead_start(&ahead, feed);
    if (status == HUB_OK)
        status = run_moments(feed, &ahead, &sender);
    hub_feed_ahead_stop(&ahead);
    if (status != HUB_OK && (why == NULL || why->text[0] == '\0')) /* else the callee has said it */
        return hub_why(why, status, "feeding reports: %s", hub_status_text(status));
    return status;
}
