/* Requests made by the devices' own code and sent over kept connections. */
#include "pipeline/load.h"

#include "crypto/random.h"
#include "sim/crowd.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LIVE_PARCELS = 16, /* of a moment while reports are made as they are sent */
    LIVE_AHEAD = 6
};

static unsigned bucket_of(size_t report, unsigned length)
{
    return (unsigned)(hub_crowd_mix(report, 17) % length);
}

hub_status pipeline_load_init(struct pipeline_load *l, const struct pipeline_place *place,
                              size_t n_reports, size_t a_request)
{
    const struct hub_rng rng = hub_system_rng();
    const long n_cores = sysconf(_SC_NPROCESSORS_ONLN);

    *l = (struct pipeline_load){
        .place = place,
        .n_reports = n_reports,
        .a_request = a_request,
        .n_parcels = (n_reports + a_request - 1) / a_request,
        .a_moment = LIVE_PARCELS,
        .n_workers = n_cores < 1                      ? 1
                     : n_cores > HUB_FEED_WORKERS_MAX ? HUB_FEED_WORKERS_MAX
                                                      : (size_t)n_cores,
    };
    l->truth = calloc(PIPELINE_LENGTH_MAX, sizeof(*l->truth));
    if (l->truth == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < n_reports; i++)
        l->truth[bucket_of(i, place->shape.length)]++;
    for (size_t w = 0; w < l->n_workers; w++)
        HUB_TRY(hub_maker_new(&l->makers[w], place->task, place->vdaf, &place->leader_key,
                              &place->helper_key, &rng));
    return HUB_OK;
}

void pipeline_load_clear(struct pipeline_load *l)
{
    for (size_t i = 0; l->parcels != NULL && i < l->n_parcels; i++)
        hub_parcel_clear(&l->parcels[i]);
    free(l->parcels);
    free(l->truth);
    for (size_t w = 0; w < l->n_workers; w++)
        hub_maker_free(l->makers[w]);
    *l = (struct pipeline_load){0};
}

static hub_status make_parcel(const struct pipeline_load *l, struct hub_parcel *out,
                              struct hub_maker *maker, size_t number)
{
    const size_t first = number * l->a_request;

    *out = (struct hub_parcel){.kind = HUB_PARCEL_GOOD, .url = l->place->reports_url};
    if (l->place->second_url[0] != '\0' && number % 2 != 0)
        out->url = l->place->second_url;
    for (size_t i = first; i < first + l->a_request && i < l->n_reports; i++) {
        const struct hub_measurement m = {.number = bucket_of(i, l->place->shape.length)};
        HUB_TRY(hub_maker_add(maker, out, pipeline_window(l->place), &m));
    }
    return HUB_OK;
}

/* One of the threads that prepare: every n_workers-th parcel. */
struct share {
    struct pipeline_load *load;
    size_t worker;
    hub_status status;
    pthread_t thread;
    bool has_thread;
};

static void *prepare_share(void *arg)
{
    struct share *const s = arg;
    struct pipeline_load *const l = s->load;

    for (size_t i = s->worker; i < l->n_parcels && s->status == HUB_OK; i += l->n_workers)
        s->status = make_parcel(l, &l->parcels[i], l->makers[s->worker], i);
    return NULL;
}

hub_status pipeline_load_prepare(struct pipeline_load *l)
{
    struct share shares[HUB_FEED_WORKERS_MAX] = {{NULL}};
    hub_status status = HUB_OK;

    l->parcels = calloc(l->n_parcels, sizeof(*l->parcels));
    if (l->parcels == NULL)
        return HUB_E_MEMORY;
    for (size_t w = 0; w < l->n_workers; w++) {
        shares[w] = (struct share){.load = l, .worker = w};
        shares[w].has_thread =
            pthread_create(&shares[w].thread, NULL, prepare_share, &shares[w]) == 0;
        if (!shares[w].has_thread)
            shares[w].status = HUB_E_MEMORY;
    }
    for (size_t w = 0; w < l->n_workers; w++) {
        if (shares[w].has_thread)
            (void)pthread_join(shares[w].thread, NULL);
        if (shares[w].status != HUB_OK)
            status = shares[w].status;
    }
    for (size_t i = 0; i < l->n_parcels; i++)
        l->body_bytes += l->parcels[i].body.len;
    l->a_moment = l->n_parcels;
    return status;
}

/* For the feed: a moment's parcels, which from then on are its own. */
static hub_status make(void *self, size_t worker, size_t moment, struct hub_feed_moment *out)
{
    struct pipeline_load *const l = self;
    const size_t first = moment * l->a_moment;
    const size_t n = l->n_parcels - first < l->a_moment ? l->n_parcels - first : l->a_moment;

    *out = (struct hub_feed_moment){.at_s = l->place->now_s};
    out->parcels = calloc(n, sizeof(*out->parcels));
    if (out->parcels == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        out->n_parcels = i + 1;
        if (l->parcels == NULL) {
            HUB_TRY(make_parcel(l, &out->parcels[i], l->makers[worker], first + i));
            continue;
        }
        out->parcels[i] = l->parcels[first + i];
        l->parcels[first + i] = (struct hub_parcel){.kind = HUB_PARCEL_GOOD};
    }
    out->n_first = n;
    return HUB_OK;
}

static void advance(void *self, uint64_t now_s)
{
    (void)self;
    (void)now_s;
}

static hub_status done(void *self, size_t moment)
{
    (void)self;
    (void)moment;
    return HUB_OK;
}

hub_status pipeline_load_send(struct pipeline_load *l, struct hub_why *why)
{
    static const atomic_bool never;
    struct hub_feed_counts counts[HUB_FEED_GROUPS_MAX];
    const struct hub_feed feed = {
        .n_moments = (l->n_parcels + l->a_moment - 1) / l->a_moment,
        .n_workers = l->n_workers,
        .n_ahead = LIVE_AHEAD,
        .make = make,
        .advance = advance,
        .done = done,
        .self = l,
        .stop = &never,
        .ca_file = l->place->front.ca_file,
    };

    HUB_TRY(hub_feed_run(&feed, counts, why));
    if (counts[0].taken != l->n_reports)
        return hub_why(why, HUB_E_REFUSED, "%llu of %zu reports were taken",
                       (unsigned long long)counts[0].taken, l->n_reports);
    return HUB_OK;
}
