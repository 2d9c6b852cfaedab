/* A task from its privacy statement: the identifier and the TaskConfiguration (DAP-18, "Task
 * Configuration") are computed, never read. */
#include "task/task.h"

#include "crypto/hash.h"
#include "statement/label.h"
#include "wire/limits.h"
#include "wire/task_configuration.h"

#include <stdlib.h>

enum { LABELS_BYTES_MAX = 1 << 20 };

static hub_status copy_text(char *out, size_t size, const char *text, const char *what,
                            struct hub_why *why)
{
    const size_t len = strlen(text);

    if (len == 0 || len >= size)
        return hub_why(why, HUB_E_CONFIG, "%s must have 1 to %zu characters", what, size - 1);
    memcpy(out, text, len + 1);
    return HUB_OK;
}

/* Characters of IANA names; whether the name exists is asked where local time is shown. */
static hub_status copy_time_zone(char out[HUB_TASK_TIME_ZONE_MAX + 1], const char *name,
                                 struct hub_why *why)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

    if (name[strspn(name, allowed)] != '\0')
        return hub_why(why, HUB_E_CONFIG, "time zone '%.60s' is no name like Europe/Vienna", name);
    return copy_text(out, HUB_TASK_TIME_ZONE_MAX + 1, name, "the time zone's name", why);
}

/* The identifier is the statement's: who holds the statement can check it, and no two statements
 * share one. It is as hard to guess as the ledger and collector keys that the statement names. */
static hub_status derive_id(struct hub_task_id *out, const uint8_t hash[32])
{
    static const char domain[] = "hubbub-task-id:1";
    struct hub_sha256 h;

    hub_sha256_init(&h);
    hub_sha256_update(&h, hub_span_of(domain, sizeof(domain) - 1));
    hub_sha256_update(&h, hub_span_of(hash, 32));
    return hub_sha256_finish(&h, out->bytes);
}

static struct hub_vdaf_configuration vdaf_of(const struct hub_statement_vdaf *v)
{
    static const uint32_t types[HUB_N_CIRCUITS] = {
        [HUB_CIRCUIT_COUNT] = HUB_VDAF_TYPE_PRIO3_COUNT,
        [HUB_CIRCUIT_SUM] = HUB_VDAF_TYPE_PRIO3_SUM,
        [HUB_CIRCUIT_SUMVEC] = HUB_VDAF_TYPE_PRIO3_SUMVEC,
        [HUB_CIRCUIT_HISTOGRAM] = HUB_VDAF_TYPE_PRIO3_HISTOGRAM,
        [HUB_CIRCUIT_MULTIHOT] = HUB_VDAF_TYPE_PRIO3_MULTIHOT,
    };
    return (struct hub_vdaf_configuration){
        .type = types[v->circuit],
        .max_measurement = v->max,
        .length = v->length,
        .chunk_length = v->chunk,
        .max_weight = v->max_weight,
    };
}

static size_t n_cells_of(const struct hub_vdaf_configuration *v)
{
    return v->type == HUB_VDAF_TYPE_PRIO3_COUNT || v->type == HUB_VDAF_TYPE_PRIO3_SUM ? 1
                                                                                      : v->length;
}

static hub_status encode_configuration(struct hub_task *t, hub_span task_info)
{
    const struct hub_task_configuration c = {
        .task_info = task_info,
        .leader_url = hub_span_text(t->leader_url),
        .helper_url = hub_span_text(t->helper_url),
        .time_precision = t->window_s,
        .min_batch_size = t->min_batch,
        .batch_mode = t->batch_mode,
        .vdaf = t->vdaf,
        .has_task_interval = t->has_interval,
        .task_interval = {t->first_s / t->window_s, (t->end_s - t->first_s) / t->window_s},
    };
    t->configuration = (struct hub_buf)HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX);
    return hub_task_configuration_encode(&t->configuration, &c);
}

/* One block of characters and one of pointers into it. */
static hub_status take_labels(struct hub_task *t, hub_span text, struct hub_why *why)
{
    const struct hub_statement *const s = &t->statement;

    t->labels_text = (struct hub_buf)HUB_BUF_INIT(LABELS_BYTES_MAX);
    if (!s->has_labels) {
        if (text.len != 0)
            return hub_why(why, HUB_E_CONFIG, "the statement has no labels, but a label file came");
        return HUB_OK;
    }
    if (hub_labels_check(s, text, why) != HUB_OK)
        return HUB_E_CONFIG;
    HUB_TRY(hub_buf_append(&t->labels_text, text));

    hub_span *const views = calloc(t->n_cells, sizeof(*views));
    hub_status status = HUB_E_MEMORY;
    t->label_bytes = malloc(text.len + 1);
    t->labels = calloc(t->n_cells, sizeof(*t->labels));
    if (views != NULL && t->label_bytes != NULL && t->labels != NULL)
        status = hub_labels_parse(views, (uint32_t)t->n_cells, text, why);
    if (status == HUB_OK) {
        memcpy(t->label_bytes, text.ptr, text.len);
        for (size_t i = 0; i < t->n_cells; i++) {
            char *const label = t->label_bytes + (views[i].ptr - text.ptr);
            label[views[i].len] = '\0'; /* stood there as LF */
            t->labels[i] = label;
        }
    }
    free(views);
    return status == HUB_E_DECODE || status == HUB_E_REFUSED ? HUB_E_CONFIG : status;
}

static hub_status fill_from_statement(struct hub_task *t, hub_span statement, hub_span labels,
                                      const char *time_zone, struct hub_why *why)
{
    uint8_t info[HUB_TASK_INFO_LEN];
    struct hub_statement *const s = &t->statement;
    const hub_status parsed = hub_statement_parse(s, statement, why);

    if (parsed != HUB_OK)
        return parsed == HUB_E_DECODE || parsed == HUB_E_REFUSED ? HUB_E_CONFIG : parsed;
    t->has_statement = true;
    t->statement_text = (struct hub_buf)HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
    HUB_TRY(hub_buf_append(&t->statement_text, statement));
    HUB_TRY(hub_statement_hash(t->statement_hash, statement));
    HUB_TRY(hub_statement_task_info(info, statement));
    HUB_TRY(derive_id(&t->id, t->statement_hash));
    memcpy(t->name, s->name, strlen(s->name) + 1);
    HUB_TRY(copy_time_zone(t->time_zone, time_zone, why));
    HUB_TRY(
        copy_text(t->leader_url, sizeof(t->leader_url), s->leader.url, "the leader's URL", why));
    HUB_TRY(
        copy_text(t->helper_url, sizeof(t->helper_url), s->helper.url, "the helper's URL", why));
    t->vdaf = vdaf_of(&s->vdaf);
    t->n_cells = n_cells_of(&t->vdaf);
    t->window_s = s->window_s;
    t->has_interval = true;
    t->first_s = hub_statement_start_s(s);
    t->end_s = hub_statement_end_s(s);
    t->grace_s = s->grace_s;
    t->min_batch = s->min_batch;
    t->reports_max = s->n_max;
    t->batch_mode = HUB_BATCH_TIME_INTERVAL;
    HUB_TRY(take_labels(t, labels, why));
    return encode_configuration(t, HUB_SPAN_ARRAY(info));
}

hub_status hub_task_new(struct hub_task **out, hub_span statement, hub_span labels,
                        const char *time_zone, struct hub_why *why)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(fill_from_statement(t, statement, labels, time_zone, why));
    *out = t;
    t = NULL;
    return HUB_OK;
}

static hub_status fill_plain(struct hub_task *t, const struct hub_task_plain *p,
                             struct hub_why *why)
{
    if (p->time_precision == 0)
        return hub_why(why, HUB_E_CONFIG, "the time precision is 0");
    if (p->has_interval && (p->first_s % p->time_precision != 0 ||
                            p->end_s % p->time_precision != 0 || p->end_s <= p->first_s))
        return hub_why(why, HUB_E_CONFIG, "the task's interval is no whole number of windows");
    t->id = p->id;
    HUB_TRY(copy_text(t->name, sizeof(t->name), "plain", "the name", why));
    HUB_TRY(copy_text(t->time_zone, sizeof(t->time_zone), "UTC", "the time zone", why));
    HUB_TRY(
        copy_text(t->leader_url, sizeof(t->leader_url), p->leader_url, "the leader's URL", why));
    HUB_TRY(
        copy_text(t->helper_url, sizeof(t->helper_url), p->helper_url, "the helper's URL", why));
    t->vdaf = p->vdaf;
    t->n_cells = n_cells_of(&t->vdaf);
    t->window_s = p->time_precision;
    t->has_interval = p->has_interval;
    t->first_s = p->has_interval ? p->first_s : 0;
    t->end_s = p->has_interval ? p->end_s : 0;
    t->min_batch = p->min_batch;
    t->reports_max = UINT64_MAX;
    t->batch_mode = p->batch_mode;
    return encode_configuration(t, p->task_info);
}

hub_status hub_task_new_plain(struct hub_task **out, const struct hub_task_plain *plain,
                              struct hub_why *why)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *t = calloc(1, sizeof(*t));

    if (t == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(fill_plain(t, plain, why));
    *out = t;
    t = NULL;
    return HUB_OK;
}

void hub_task_free(struct hub_task *task)
{
    if (task == NULL)
        return;
    hub_buf_clear(&task->configuration);
    hub_buf_clear(&task->statement_text);
    hub_buf_clear(&task->labels_text);
    free(task->label_bytes);
    free(task->labels);
    free(task);
}

void hub_task_free_at(struct hub_task **task)
{
    hub_task_free(*task);
    *task = NULL;
}
