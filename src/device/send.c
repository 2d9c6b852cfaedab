/* One exchange with the leader: keys, seal, request, verdicts (DAP-18, "Uploading Reports"). The
 * network is the caller's; what an answer means is decided here. */
#include "base/text.h"
#include "device/state_internal.h"
#include "wire/media_type.h"
#include "wire/upload.h"

#include <stdio.h>
#include <stdlib.h>

enum { URL_BYTES = HUB_TASK_URL_MAX + 64, REQUEST_MAX = 16 << 20, KEYS_KEPT_MAX_S = 7 * 86400 };

/* base, a slash unless it ends in one, path. */
static hub_status join_url(char out[URL_BYTES], const char *base, const char *path)
{
    const size_t len = strlen(base);
    const char *const slash = len != 0 && base[len - 1] == '/' ? "" : "/";
    const int n = snprintf(out, URL_BYTES, "%s%s%s", base, slash, path);

    return n > 0 && n < URL_BYTES ? HUB_OK : HUB_E_CONFIG;
}

static hub_status status_of_http(unsigned http)
{
    if (http >= 200 && http < 300)
        return HUB_OK;
    if (http == 413)
        return HUB_E_SPACE;
    if (http == 408 || http == 425 || http == 429 || http >= 500)
        return HUB_E_BUSY;
    return HUB_E_REFUSED;
}

/* What one call of send works with. */
struct exchange {
    struct hub_device *device;
    struct hub_device_joined *joined;
    const struct hub_device_transport *transport;
    struct hub_device_reply reply;
    struct hub_device_result *result;
    uint64_t now_s;
};

static void keys_forget(struct hub_device_joined *j)
{
    for (unsigned i = 0; i < 2; i++) {
        hub_hpke_sender_free(j->senders[i]);
        j->senders[i] = NULL;
    }
    j->keys_until_s = 0;
}

static hub_status fetch_key(struct exchange *x, unsigned which, bool fresh)
{
    struct hub_device_joined *const j = x->joined;
    struct hub_hpke_config config;
    char url[URL_BYTES];

    HUB_TRY(join_url(url, which == 0 ? j->task->leader_url : j->task->helper_url, "hpke_config"));
    x->reply.body_len = 0;
    x->reply.max_age_s = 0;
    x->reply.retry_after_s = 0;
    HUB_TRY(x->transport->get(x->transport->self, &x->reply, url,
                              hub_media_type(HUB_MESSAGE_HPKE_CONFIG_LIST), fresh));
    x->result->http_status = x->reply.status;
    x->result->retry_after_s = x->reply.retry_after_s;
    HUB_TRY(status_of_http(x->reply.status));
    HUB_TRY(hub_device_pick_config(&config, hub_span_of(x->reply.body, x->reply.body_len)));
    HUB_TRY(hub_hpke_sender_new(&j->senders[which], &config));
    const uint64_t age_s =
        x->reply.max_age_s < KEYS_KEPT_MAX_S ? x->reply.max_age_s : KEYS_KEPT_MAX_S;
    if (which == 0 || x->now_s + age_s < j->keys_until_s)
        j->keys_until_s = x->now_s + age_s;
    return HUB_OK;
}

static hub_status fetch_keys(struct exchange *x, bool fresh)
{
    struct hub_device_joined *const j = x->joined;

    if (!fresh && j->senders[0] != NULL && j->senders[1] != NULL && x->now_s < j->keys_until_s)
        return HUB_OK;
    keys_forget(j);
    for (unsigned i = 0; i < 2; i++) {
        const hub_status status = fetch_key(x, i, fresh);
        if (status != HUB_OK) {
            keys_forget(j);
            return status;
        }
    }
    return HUB_OK;
}

/* Seals up to n_max pending reports; *slots gets their numbers. */
static hub_status seal_batch(struct exchange *x, struct hub_buf *body, size_t *slots, size_t n_max,
                             size_t *n)
{
    struct hub_device_joined *const j = x->joined;

    *n = 0;
    for (size_t i = 0; i < j->n_slots && *n < n_max; i++) {
        if (!j->slots[i].is_stored || !j->slots[i].is_pending)
            continue;
        const size_t len = body->len;
        const hub_status status = hub_device_report_seal(
            body, &j->slots[i].report, &j->id, hub_buf_span(&j->task->configuration), j->senders[0],
            j->senders[1], &x->device->rng);
        if (status == HUB_E_SPACE && *n != 0) /* the request is full: the others go next time */
            return hub_buf_resize(body, len);
        HUB_TRY(status);
        slots[(*n)++] = i;
    }
    return HUB_OK;
}

/* The verdict on one report of the request, HUB_REPORT_OK if the answer does not name it. */
static enum hub_report_error verdict_on(const struct hub_device_slot *slot,
                                        const struct hub_upload_status *errors, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (memcmp(errors[i].id, slot->report.id, HUB_REPORT_ID_LEN) == 0)
            return errors[i].error;
    }
    return HUB_REPORT_OK;
}

/* Decides on one report; true if it is done with. */
static bool judge(struct exchange *x, struct hub_device_slot *slot, enum hub_report_error verdict,
                  bool *is_outdated)
{
    const bool was_sent = slot->was_sent;

    slot->was_sent = true;
    if (verdict == HUB_REPORT_OK || (verdict == HUB_REPORT_REPLAYED && was_sent)) {
        x->result->n_accepted++;
        return true;
    }
    if (verdict == HUB_REPORT_TOO_EARLY)
        return false; /* our clock is ahead: later */
    if (verdict == HUB_REPORT_OUTDATED_CONFIG && !slot->was_resealed) {
        slot->was_resealed = true;
        *is_outdated = true;
        return false;
    }
    x->result->n_rejected++;
    x->result->n_by_error[(unsigned)verdict < 16 ? (unsigned)verdict : 15]++;
    return true;
}

static hub_status read_answer(struct exchange *x, struct hub_upload_status **errors, size_t *n)
{
    const hub_span body = hub_span_of(x->reply.body, x->reply.body_len);

    *n = 0;
    *errors = NULL;
    if (body.len == 0)
        return HUB_OK;
    HUB_TRY(hub_upload_errors_count(n, body));
    *errors = calloc(*n, sizeof(**errors));
    if (*errors == NULL)
        return HUB_E_MEMORY;
    return hub_upload_errors_decode(*errors, *n, body);
}

static hub_status take_answer(struct exchange *x, const size_t *slots, size_t n, bool *is_outdated)
{
    struct hub_upload_status *errors;
    size_t n_errors;
    size_t n_done = 0;
    hub_status status = read_answer(x, &errors, &n_errors);
    uint64_t *const windows = calloc(n + 1, sizeof(*windows));

    if (status == HUB_OK && windows == NULL)
        status = HUB_E_MEMORY;
    for (size_t i = 0; status == HUB_OK && i < n; i++) {
        struct hub_device_slot *const slot = &x->joined->slots[slots[i]];
        if (!judge(x, slot, verdict_on(slot, errors, n_errors), is_outdated))
            continue;
        slot->is_pending = false;
        hub_device_report_wipe(&slot->report);
        windows[n_done++] = slot->window;
    }
    free(errors);
    if (status == HUB_OK)
        status = hub_device_journal_append_done(
            x->device, (unsigned)(x->joined - x->device->joined), windows, n_done);
    free(windows);
    return status;
}

/* One request. */
static hub_status exchange_once(struct exchange *x, size_t n_max, bool *is_outdated)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf body = HUB_BUF_INIT(REQUEST_MAX);
    char id[HUB_BASE64URL_LEN(HUB_TASK_ID_LEN) + 1];
    char path[96];
    char url[URL_BYTES];
    size_t n = 0;

    size_t *const slots = calloc(n_max, sizeof(*slots));
    if (slots == NULL)
        return HUB_E_MEMORY;
    hub_base64url_encode(id, HUB_SPAN_ARRAY(x->joined->id.bytes));
    (void)snprintf(path, sizeof(path), "tasks/%s/reports", id);
    hub_status status = join_url(url, x->joined->task->leader_url, path);
    if (status == HUB_OK)
        status = seal_batch(x, &body, slots, n_max, &n);
    x->reply.body_len = 0;
    x->reply.retry_after_s = 0;
    if (status == HUB_OK)
        status = x->transport->post(x->transport->self, &x->reply, url,
                                    hub_media_type(HUB_MESSAGE_UPLOAD_REQ), x->joined->token,
                                    hub_buf_span(&body));
    if (status == HUB_OK) {
        x->result->http_status = x->reply.status;
        x->result->retry_after_s = x->reply.retry_after_s;
        status = status_of_http(x->reply.status);
    }
    if (status == HUB_OK)
        status = take_answer(x, slots, n, is_outdated);
    for (size_t i = 0; i < n; i++)
        x->joined->slots[slots[i]].was_sent =
            true; /* whatever the answer: the leader may have it */
    free(slots);
    return status;
}

/* What can no more be taken is not kept: shares live until they are acknowledged or their grace has
 * ended. */
static hub_status drop_expired(struct exchange *x)
{
    struct hub_device_joined *const j = x->joined;
    uint64_t *const windows = calloc(j->n_slots + 1, sizeof(*windows));
    size_t n = 0;

    if (windows == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < j->n_slots; i++) {
        struct hub_device_slot *const s = &j->slots[i];
        if (!s->is_pending ||
            hub_task_check_receipt(j->task, s->window, x->now_s) != HUB_REPORT_DROPPED)
            continue;
        s->is_pending = false;
        hub_device_report_wipe(&s->report);
        windows[n++] = s->window;
    }
    x->result->n_expired += n;
    const hub_status status =
        hub_device_journal_append_done(x->device, (unsigned)(j - x->device->joined), windows, n);
    free(windows);
    return status;
}

static hub_status send_batch(struct exchange *x, size_t n_max)
{
    bool is_outdated = false;

    HUB_TRY(drop_expired(x));
    if (hub_device_pending(x->device, (unsigned)(x->joined - x->device->joined)) == 0)
        return HUB_OK;
    HUB_TRY(fetch_keys(x, false));
    HUB_TRY(exchange_once(x, n_max, &is_outdated));
    if (!is_outdated)
        return HUB_OK;
    HUB_TRY(fetch_keys(x, true));
    return exchange_once(x, n_max, &is_outdated);
}

hub_status hub_device_send(struct hub_device *device, unsigned task,
                           const struct hub_device_transport *transport, uint64_t now_s,
                           size_t n_max, struct hub_device_result *result)
{
    *result = (struct hub_device_result){.n_accepted = 0};
    if (task >= device->n_joined || device->joined[task].task == NULL || n_max == 0)
        return HUB_E_ARGUMENT;
    struct exchange x = {.device = device,
                         .joined = &device->joined[task],
                         .transport = transport,
                         .result = result,
                         .now_s = now_s};
    x.reply.body = malloc(HUB_DEVICE_REPLY_MAX);
    if (x.reply.body == NULL)
        return HUB_E_MEMORY;
    const hub_status status = send_batch(&x, n_max);
    free(x.reply.body);
    result->n_left = hub_device_pending(device, task);
    return status;
}
