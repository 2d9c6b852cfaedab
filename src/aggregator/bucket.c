/* The writing thread adds to buckets; workers prepare what it needs beforehand. */
#include "aggregator/bucket.h"

#include "crypto/hash.h"
#include "vdaf/agg_share.h"

#include <stdlib.h>

enum { AAD_LEN = 16 + HUB_TASK_ID_LEN + 8 + 8 + 32 };

static const char aad_label[16] = "hubbub bucket 1";

static void put_u64(uint8_t *out, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (56 - 8 * i));
}

static void bucket_aad(uint8_t out[AAD_LEN], const struct hub_party_task *task,
                       const struct hub_store_bucket *bucket)
{
    uint8_t *at = out;

    memcpy(at, aad_label, sizeof(aad_label));
    at += sizeof(aad_label);
    memcpy(at, task->task->id.bytes, HUB_TASK_ID_LEN);
    at += HUB_TASK_ID_LEN;
    put_u64(at, bucket->window);
    put_u64(at + 8, bucket->n_reports);
    memcpy(at + 16, bucket->checksum, sizeof(bucket->checksum));
}

hub_status hub_accumulator_open(struct hub_aead *box, const struct hub_party *party,
                                const struct hub_party_task *task, struct hub_buf *out,
                                const struct hub_store_bucket *bucket, hub_span sealed)
{
    uint8_t aad[AAD_LEN];
    const size_t share_len = hub_vdaf_agg_share_len(task->vdaf);

    bucket_aad(aad, task, bucket);
    HUB_TRY(hub_buf_resize(out, 0));
    HUB_TRY(hub_box_open(box, out, party->accumulator_key, HUB_SPAN_ARRAY(aad), sealed));
    if (out->len < share_len || (out->len - share_len) % HUB_SERVICE_TAG_LEN != 0)
        return HUB_E_OPEN;
    return HUB_OK;
}

hub_status hub_accumulator_seal(struct hub_aead *box, const struct hub_party *party,
                                const struct hub_party_task *task, struct hub_buf *sealed,
                                const struct hub_store_bucket *bucket, hub_span plain)
{
    uint8_t aad[AAD_LEN];

    bucket_aad(aad, task, bucket);
    HUB_TRY(hub_buf_resize(sealed, 0));
    return hub_box_seal(box, sealed, party->accumulator_key, HUB_SPAN_ARRAY(aad), plain,
                        &party->rng);
}

hub_status hub_accumulator_begin(const struct hub_party_task *task, struct hub_buf *out,
                                 const struct hub_noise *noise)
{
    HUB_TRY(hub_buf_resize(out, 0));
    HUB_TRY(hub_buf_resize(out, hub_vdaf_agg_share_len(task->vdaf)));
    hub_vdaf_agg_share_init(task->vdaf, out->ptr);
    if (task->adds_noise && noise != NULL)
        hub_vdaf_agg_share_add_signed(task->vdaf, out->ptr, noise->draws, noise->n);
    return HUB_OK;
}

hub_span hub_accumulator_services(const struct hub_party_task *task, hub_span plain)
{
    const size_t share_len = hub_vdaf_agg_share_len(task->vdaf);
    return hub_span_slice(plain, share_len, plain.len - share_len);
}

uint64_t hub_service_tag_read(hub_span tags, size_t index)
{
    uint64_t tag = 0;

    for (size_t i = 0; i < HUB_SERVICE_TAG_LEN; i++)
        tag = tag << 8 | tags.ptr[index * HUB_SERVICE_TAG_LEN + i];
    return tag;
}

hub_status hub_service_tag_insert(struct hub_buf *tags, size_t skip, uint64_t tag)
{
    const hub_span present = hub_span_slice(hub_buf_span(tags), skip, tags->len - skip);
    const size_t n = present.len / HUB_SERVICE_TAG_LEN;
    size_t at = 0;

    while (at < n && hub_service_tag_read(present, at) < tag)
        at++;
    if (at < n && hub_service_tag_read(present, at) == tag)
        return HUB_OK;
    HUB_TRY(hub_buf_resize(tags, tags->len + HUB_SERVICE_TAG_LEN));
    uint8_t *place = tags->ptr + skip + at * HUB_SERVICE_TAG_LEN;
    memmove(place + HUB_SERVICE_TAG_LEN, place, (n - at) * HUB_SERVICE_TAG_LEN);
    put_u64(place, tag);
    return HUB_OK;
}

static int compare_windows(const void *a, const void *b, void *windows)
{
    const uint32_t i = *(const uint32_t *)a;
    const uint32_t j = *(const uint32_t *)b;
    const uint64_t *w = windows;

    if (w[i] != w[j])
        return w[i] < w[j] ? -1 : 1;
    return i < j ? -1 : i > j;
}

/* Sorts the reports that are still in by window and cuts them into groups. */
static hub_status make_groups(struct hub_bucket_job *job, struct hub_arena *arena,
                              const uint8_t *verdict)
{
    uint64_t *windows = HUB_ARENA_NEW(arena, uint64_t, job->n);
    uint32_t n = 0;

    job->order = HUB_ARENA_NEW(arena, uint32_t, job->n);
    job->groups = HUB_ARENA_NEW(arena, struct hub_bucket_group, job->n);
    if (windows == NULL || job->order == NULL || job->groups == NULL)
        return HUB_E_MEMORY;
    memcpy(windows, job->windows, job->n * sizeof(*windows));
    for (uint32_t i = 0; i < job->n; i++) {
        if (verdict[i] == HUB_REPORT_OK)
            job->order[n++] = i;
    }
    qsort_r(job->order, n, sizeof(*job->order), compare_windows, windows);
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t window = windows[job->order[i]];
        if (job->n_groups == 0 || job->groups[job->n_groups - 1].window != window)
            job->groups[job->n_groups++] =
                (struct hub_bucket_group){.window = window, .begin = i, .end = i};
        job->groups[job->n_groups - 1].end = i + 1;
    }
    return HUB_OK;
}

/* Noise for the groups whose bucket has no accumulator yet. */
static hub_status take_noise(struct hub_bucket_job *job, struct hub_worker *worker)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf sealed = HUB_BUF_INIT(SIZE_MAX);

    for (size_t i = 0; i < job->n_groups; i++) {
        struct hub_bucket_group *g = &job->groups[i];
        struct hub_store_bucket bucket;
        sealed.len = 0;
        HUB_TRY(
            hub_store_bucket_load(&worker->reader, job->task->number, g->window, &bucket, &sealed));
        if (bucket.is_opened)
            continue;
        if (job->task->adds_noise)
            HUB_TRY(hub_noise_pool_take(job->party->pool, &g->noise, job->task->noise_kind));
        g->has_noise = true;
    }
    return HUB_OK;
}

hub_status hub_bucket_job_init(struct hub_bucket_job *job, struct hub_worker *worker,
                               const struct hub_party_task *task, size_t n,
                               const uint8_t *const *ids, const uint64_t *windows,
                               const uint64_t *services, const hub_span *out_shares,
                               const uint8_t *verdict)
{
    *job = (struct hub_bucket_job){
        .party = worker->party,
        .task = task,
        .n = n,
        .windows = windows,
        .services = services,
        .out_shares = out_shares,
        .plain = HUB_BUF_INIT(SIZE_MAX),
        .sealed = HUB_BUF_INIT(SIZE_MAX),
    };
    job->digests = hub_arena_alloc(&worker->arena, n, sizeof(*job->digests));
    if (job->digests == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_REPORT_OK)
            HUB_TRY(hub_sha256(job->digests[i], hub_span_of(ids[i], HUB_REPORT_ID_LEN)));
    }
    HUB_TRY(make_groups(job, &worker->arena, verdict));
    return take_noise(job, worker);
}

void hub_bucket_job_wipe(struct hub_bucket_job *job)
{
    for (size_t i = 0; i < job->n_groups; i++)
        hub_noise_wipe(&job->groups[i].noise);
    hub_buf_wipe(&job->plain);
    hub_buf_wipe(&job->sealed);
    *job = (struct hub_bucket_job){0};
}

/* Adds the group's accepted reports to an open accumulator. */
static hub_status add_group(struct hub_bucket_job *job, const struct hub_bucket_group *g,
                            const uint8_t *verdict, struct hub_store_bucket *bucket)
{
    const size_t share_len = hub_vdaf_agg_share_len(job->task->vdaf);

    for (uint32_t k = g->begin; k < g->end; k++) {
        const uint32_t i = job->order[k];
        if (verdict[i] != HUB_REPORT_OK)
            continue;
        HUB_TRY(hub_vdaf_agg_share_add(job->task->vdaf, job->plain.ptr, job->out_shares[i]));
        bucket->n_reports++;
        for (size_t b = 0; b < sizeof(bucket->checksum); b++)
            bucket->checksum[b] ^= job->digests[i][b];
        if (job->services != NULL && job->services[i] != 0)
            HUB_TRY(hub_service_tag_insert(&job->plain, share_len, job->services[i]));
    }
    return HUB_OK;
}

static bool has_accepted(const struct hub_bucket_job *job, const struct hub_bucket_group *g,
                         const uint8_t *verdict)
{
    for (uint32_t k = g->begin; k < g->end; k++) {
        if (verdict[job->order[k]] == HUB_REPORT_OK)
            return true;
    }
    return false;
}

static hub_status apply_group(struct hub_bucket_job *job, const struct hub_bucket_group *g,
                              struct hub_store_tx *tx, const uint8_t *verdict)
{
    struct hub_party *party = job->party;
    struct hub_store_bucket bucket;

    job->sealed.len = 0;
    HUB_TRY(hub_store_bucket_part(tx, job->task->number, g->window, &bucket, &job->sealed));
    if (job->sealed.len != 0)
        HUB_TRY(hub_accumulator_open(party->writer_box, party, job->task, &job->plain, &bucket,
                                     hub_buf_span(&job->sealed)));
    else if (bucket.is_opened)
        HUB_TRY(hub_accumulator_begin(job->task, &job->plain, NULL));
    else if (g->has_noise)
        HUB_TRY(hub_accumulator_begin(job->task, &job->plain, &g->noise));
    else
        return HUB_E_BUSY;
    HUB_TRY(add_group(job, g, verdict, &bucket));
    bucket.is_opened = true;
    HUB_TRY(hub_accumulator_seal(party->writer_box, party, job->task, &job->sealed, &bucket,
                                 hub_buf_span(&job->plain)));
    return hub_store_bucket_save(tx, job->task->number, &bucket, hub_buf_span(&job->sealed));
}

hub_status hub_bucket_job_apply(struct hub_bucket_job *job, struct hub_store_tx *tx,
                                uint8_t *verdict)
{
    hub_status status = HUB_OK;

    for (size_t i = 0; i < job->n_groups && status == HUB_OK; i++) {
        const struct hub_bucket_group *g = &job->groups[i];
        enum hub_store_bucket_state state =
            hub_store_bucket_state(tx, job->task->number, g->window);
        if (state == HUB_STORE_BUCKET_COLLECTED || state == HUB_STORE_BUCKET_BURNT) {
            for (uint32_t k = g->begin; k < g->end; k++) {
                if (verdict[job->order[k]] == HUB_REPORT_OK)
                    verdict[job->order[k]] = HUB_REPORT_BATCH_COLLECTED;
            }
        } else if (has_accepted(job, g, verdict)) {
            status = apply_group(job, g, tx, verdict);
        }
    }
    hub_wipe(job->plain.ptr, job->plain.len);
    return status;
}
