/* The upload loop (DAP-18, "Upload Request"): which pause follows which answer, and when to stop.
 */
#include "upload/upload.h"

#include "http/problem.h"

#include <stdio.h>
#include <time.h>

enum { RETRY_AFTER_MAX_S = 3600, MS = 1000 };

struct hub_upload_config hub_upload_config(void)
{
    return (struct hub_upload_config){
        .http = hub_http_client_config(),
        .batch = 100,
        .patience_s = 300,
        .pause_first_ms = 500,
        .pause_max_ms = 60000,
    };
}

/* What the device's transport works with. */
struct carrier {
    const struct hub_upload_config *config;
    struct hub_http_client *client;
    struct hub_why *why;
    struct hub_why refusal; /* of the last answer that was no success */
};

static void carrier_clear(struct carrier *c)
{
    hub_http_client_free(c->client);
}

/* What a problem document says, for the person in front of it. */
static void note_refusal(struct carrier *c, const struct hub_http_response *r)
{
    struct hub_problem problem;

    if (hub_http_is_success(r))
        return;
    if (hub_problem_parse(&problem, hub_buf_span(&r->body)) != HUB_OK)
        problem = hub_problem(r->status, NULL, NULL, NULL);
    (void)hub_why(&c->refusal, HUB_OK, "HTTP %u %.100s %.160s", r->status, problem.type,
                  problem.detail);
}

static hub_status fill_reply(struct hub_device_reply *reply, const struct hub_http_response *r)
{
    if (r->body.len > HUB_DEVICE_REPLY_MAX)
        return HUB_E_SPACE;
    reply->status = r->status;
    reply->retry_after_s = r->has_retry_after ? r->retry_after_s : 0;
    reply->max_age_s = r->has_max_age ? r->max_age_s : 0;
    if (r->body.len != 0)
        memcpy(reply->body, r->body.ptr, r->body.len);
    reply->body_len = r->body.len;
    return HUB_OK;
}

static hub_status carry(struct carrier *c, struct hub_device_reply *reply,
                        const struct hub_http_call *call, struct hub_http_response *r)
{
    HUB_TRY(hub_http_fetch(c->client, r, call, &c->refusal));
    note_refusal(c, r);
    return fill_reply(reply, r);
}

static bool recall(const struct carrier *c, struct hub_device_reply *reply, const char *url)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf kept = HUB_BUF_INIT(HUB_DEVICE_REPLY_MAX);
    const struct hub_clock real = hub_system_clock();
    uint32_t max_age_s;

    if (c->config->state == NULL ||
        hub_state_dir_recall(c->config->state, &kept, &max_age_s, url, hub_now_s(&real)) != HUB_OK)
        return false;
    reply->status = 200;
    reply->retry_after_s = 0;
    reply->max_age_s = max_age_s;
    if (kept.len != 0)
        memcpy(reply->body, kept.ptr, kept.len);
    reply->body_len = kept.len;
    return true;
}

static hub_status get(void *self, struct hub_device_reply *reply, const char *url,
                      const char *accept, bool fresh)
{
    struct carrier *const c = self;
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response r = {.status = 0};
    const struct hub_http_header no_cache = {"Cache-Control", "no-cache"};
    const struct hub_http_call call = {.method = HUB_HTTP_GET,
                                       .url = url,
                                       .accept = accept,
                                       .headers = &no_cache,
                                       .n_headers = fresh ? 1 : 0};

    if (!fresh && recall(c, reply, url))
        return HUB_OK;
    HUB_TRY(carry(c, reply, &call, &r));
    if (c->config->state != NULL && hub_http_is_success(&r) && reply->max_age_s != 0) {
        const struct hub_clock real = hub_system_clock();
        hub_state_dir_keep(c->config->state, url, hub_buf_span(&r.body), reply->max_age_s,
                           hub_now_s(&real));
    }
    return HUB_OK;
}

static hub_status post(void *self, struct hub_device_reply *reply, const char *url,
                       const char *content_type, const char *token, hub_span body)
{
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response r = {.status = 0};
    const struct hub_http_call call = {.method = HUB_HTTP_POST,
                                       .url = url,
                                       .content_type = content_type,
                                       .bearer = token,
                                       .body = body};

    return carry(self, reply, &call, &r);
}

static void add_up(struct hub_device_result *sum, const struct hub_device_result *one)
{
    sum->n_accepted += one->n_accepted;
    sum->n_rejected += one->n_rejected;
    sum->n_expired += one->n_expired;
    for (size_t i = 0; i < sizeof(sum->n_by_error) / sizeof(sum->n_by_error[0]); i++)
        sum->n_by_error[i] += one->n_by_error[i];
    sum->n_left = one->n_left;
    sum->retry_after_s = one->retry_after_s;
    sum->http_status = one->http_status;
}

/* Between half and all of pause_ms, so that devices that were refused together do not come back
 * together; never before the server wants it. */
static uint32_t jittered(const struct hub_rng *rng, uint32_t pause_ms, uint32_t retry_after_s)
{
    uint32_t chance = 0;
    const uint32_t least_s = retry_after_s < RETRY_AFTER_MAX_S ? retry_after_s : RETRY_AFTER_MAX_S;

    if (hub_rng_fill(rng, (uint8_t *)&chance, sizeof(chance)) != HUB_OK)
        chance = UINT32_MAX;
    const uint32_t spread =
        pause_ms / 2 + (uint32_t)(((uint64_t)(pause_ms / 2) * chance) / UINT32_MAX);
    return least_s * MS + spread;
}

static void sleep_ms(uint32_t ms)
{
    struct timespec left = {(time_t)(ms / MS), (long)(ms % MS) * 1000000L};

    while (nanosleep(&left, &left) != 0) {
    }
}

/* The state of one run. */
struct run {
    const struct hub_upload_config *config;
    size_t batch;
    uint32_t pause_ms;     /* the next one */
    uint64_t last_good_ms; /* of the last acknowledgement */
};

static bool may_try_again(hub_status status)
{
    return status == HUB_E_NETWORK || status == HUB_E_BUSY;
}

/* After a request: goes on, waits, or gives the status to leave with. */
static hub_status decide(struct run *run, hub_status status, const struct hub_device_result *one,
                         struct hub_device_result *sum)
{
    const bool progressed = one->n_accepted + one->n_rejected != 0;

    if (status == HUB_E_SPACE && run->batch > 1) {
        run->batch /= 2;
        return HUB_OK;
    }
    if (progressed) {
        run->last_good_ms = hub_monotonic_ms();
        run->pause_ms = run->config->pause_first_ms;
    }
    if (status == HUB_OK && progressed)
        return HUB_OK;
    if (status != HUB_OK && !may_try_again(status))
        return status;
    if (one->n_left == 0)
        return HUB_OK;
    const uint32_t pause_ms = jittered(&run->config->rng, run->pause_ms, one->retry_after_s);
    if (hub_monotonic_ms() + pause_ms > run->last_good_ms + (uint64_t)run->config->patience_s * MS)
        return status == HUB_OK ? HUB_E_BUSY : status;
    if (run->config->told != NULL)
        run->config->told(run->config->self, sum, pause_ms);
    sleep_ms(pause_ms);
    run->pause_ms = run->pause_ms * 2 < run->config->pause_max_ms ? run->pause_ms * 2
                                                                  : run->config->pause_max_ms;
    return HUB_OK;
}

hub_status hub_upload_run(struct hub_device *device, unsigned task,
                          const struct hub_upload_config *config, const struct hub_clock *clock,
                          struct hub_device_result *sum, struct hub_why *why)
{
    HUB_CLEANUP(carrier_clear) struct carrier carrier = {.config = config, .why = why};
    const struct hub_device_transport transport = {&carrier, get, post};
    struct run run = {config, config->batch, config->pause_first_ms, hub_monotonic_ms()};

    *sum = (struct hub_device_result){.n_left = hub_device_pending(device, task)};
    if (config->batch == 0 || config->batch > HUB_UPLOAD_BATCH_MAX)
        return HUB_E_ARGUMENT;
    HUB_TRY(hub_http_client_new(&carrier.client, &config->http));
    while (sum->n_left != 0) {
        struct hub_device_result one;
        const hub_status sent =
            hub_device_send(device, task, &transport, hub_now_s(clock), run.batch, &one);
        add_up(sum, &one);
        const hub_status status = decide(&run, sent, &one, sum);
        if (status != HUB_OK)
            return hub_why(why, status, "%s",
                           carrier.refusal.text[0] == '\0' ? hub_status_text(status)
                                                           : carrier.refusal.text);
        if (config->told != NULL)
            config->told(config->self, sum, 0);
    }
    return HUB_OK;
}
