/* `hubbub interop collector`: each collection runs on a thread of its own by the collector's code
 * and is asked for by its handle. */
#include "interop.h"
#include "interop/run.h"
#include "interop/task.h"

#include "aggregator/workers.h"
#include "base/text.h"
#include "collector/once.h"
#include "crypto/random.h"
#include "wire/hpke_config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    N_THREADS = 4,
    N_COLLECTIONS = 8, /* at once */
    PATIENCE_S = 60,
    HANDLE_LEN = 16
};

struct task {
    struct task *next;
    struct hub_task_id id;
    json_t *request; /* of add_task: what the task is made of again for each collection */
    struct hub_hpke_keypair key;
};

enum outcome { IN_PROGRESS, COMPLETE, FAILED };

struct collection {
    struct hub_work work;
    struct collection *next;
    struct collector *owner;
    struct hub_collected_task task;
    char handle[HUB_BASE64URL_LEN(HANDLE_LEN) + 1];
    uint64_t start; /* in windows */
    uint64_t duration;
    /* under the lock, once it has ended */
    enum outcome outcome;
    struct hub_collection result;
    struct hub_why why;
};

struct collector {
    struct hub_log log;
    struct hub_rng rng;
    struct hub_workers *workers;
    pthread_mutex_t lock;
    struct task *tasks;
    struct collection *collections;
    uint8_t next_config_id;
};

/* Under the lock, or while nothing is removed: tasks never are. */
static struct task *find_task(struct collector *c, const struct hub_task_id *id)
{
    struct task *t = c->tasks;

    while (t != NULL && memcmp(&t->id, id, sizeof(*id)) != 0)
        t = t->next;
    return t;
}

static void task_free(struct task *t)
{
    json_decref(t->request);
    hub_hpke_keypair_wipe(&t->key);
    free(t);
}

/* ---- add_task */

static hub_status encode_config(json_t *reply, const struct hub_hpke_config *config)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(128);
    char text[HUB_BASE64URL_LEN(128) + 1];
    const struct hub_hpke_config_view view = {
        .id = config->id,
        .kem_id = HUB_HPKE_KEM_X25519,
        .kdf_id = HUB_HPKE_KDF_SHA256,
        .aead_id = HUB_HPKE_AEAD_AES_128_GCM,
        .public_key = HUB_SPAN_ARRAY(config->public_key),
    };

    HUB_TRY(hub_hpke_config_encode(&bytes, &view));
    hub_base64url_encode(text, hub_buf_span(&bytes));
    return json_object_set_new(reply, "collector_hpke_config", json_string(text)) == 0
               ? HUB_OK
               : HUB_E_MEMORY;
}

static hub_status keep_task(struct collector *c, struct task *t, struct hub_why *why)
{
    hub_status status = HUB_OK;

    pthread_mutex_lock(&c->lock);
    if (find_task(c, &t->id) != NULL) {
        status = hub_why(why, HUB_E_CONFLICT, "the task is there already");
    } else {
        t->next = c->tasks;
        c->tasks = t;
    }
    pthread_mutex_unlock(&c->lock);
    return status;
}

static hub_status add_task(void *self, const json_t *request, json_t *reply, struct hub_why *why)
{
    struct collector *const c = self;
    HUB_CLEANUP(hub_task_free_at) struct hub_task *made = NULL;
    struct interop_fields f = interop_fields(request, why);

    (void)interop_text(&f, "collector_authentication_token");
    (void)interop_integer(&f, "min_batch_size");
    HUB_TRY(interop_task_new(&made, &f));
    struct task *const t = calloc(1, sizeof(*t));
    if (t == NULL)
        return HUB_E_MEMORY;
    t->id = made->id;
    t->request = json_deep_copy(request);
    pthread_mutex_lock(&c->lock);
    const uint8_t config_id = c->next_config_id++;
    pthread_mutex_unlock(&c->lock);
    hub_status status = t->request == NULL ? HUB_E_MEMORY : HUB_OK;
    if (status == HUB_OK)
        status = hub_hpke_keypair_generate(&t->key, config_id, &c->rng);
    const struct hub_hpke_config config = t->key.config;
    if (status == HUB_OK)
        status = keep_task(c, t, why);
    if (status != HUB_OK) {
        task_free(t);
        return status;
    }
    return encode_config(reply, &config);
}

/* ---- collection_start */

static void collection_free(struct collection *x)
{
    hub_collected_task_clear(&x->task);
    hub_collection_clear(&x->result);
    free(x);
}

static void collect(struct hub_work *work, void *worker)
{
    struct collection *const x = (struct collection *)work;
    struct hub_http_client_config http = hub_http_client_config();
    struct hub_collection result = {.totals = NULL};
    struct hub_why why = {{0}};

    (void)worker;
    const hub_status status =
        hub_collect_once(&result, &x->task, &http, x->start, x->duration, PATIENCE_S, &why);
    if (status != HUB_OK && why.text[0] == '\0')
        (void)hub_why(&why, status, "%s", hub_status_text(status));
    pthread_mutex_lock(&x->owner->lock);
    x->result = result;
    x->why = why;
    x->outcome = status == HUB_OK ? COMPLETE : FAILED;
    pthread_mutex_unlock(&x->owner->lock);
}

static void read_query(struct interop_fields *f, struct collection *x)
{
    const struct hub_task *const task = x->task.task;
    struct interop_fields query = interop_object(f, "query");
    const uint64_t type = interop_integer(&query, "type");

    if (query.status == HUB_OK && type != (uint64_t)task->batch_mode)
        interop_fields_fail(&query, "type", "is not the task's batch mode");
    if (type == HUB_BATCH_TIME_INTERVAL) {
        x->start = interop_integer(&query, "batch_interval_start") / task->window_s;
        x->duration = interop_integer(&query, "batch_interval_duration") / task->window_s;
    }
    f->status = query.status;
}

static hub_status fill_collection(struct collector *c, struct collection *x,
                                  struct interop_fields *f)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf agg_param = HUB_BUF_INIT(1024);
    HUB_CLEANUP(hub_task_free_at) struct hub_task *made = NULL;
    struct hub_task_id id;
    uint8_t handle[HANDLE_LEN];

    interop_bytes(f, "task_id", id.bytes, sizeof(id.bytes));
    interop_any_bytes(f, "agg_param", &agg_param);
    if (agg_param.len != 0)
        interop_fields_fail(f, "agg_param", "is not empty, as Prio3 wants it");
    HUB_TRY(interop_fields_finish(f));
    pthread_mutex_lock(&c->lock);
    const struct task *const t = find_task(c, &id);
    pthread_mutex_unlock(&c->lock);
    if (t == NULL)
        return hub_why(f->why, HUB_E_NOT_FOUND, "the task was not added");
    struct interop_fields of_task = interop_fields(t->request, f->why);
    const char *const token = interop_text(&of_task, "collector_authentication_token");
    HUB_TRY(interop_task_new(&made, &of_task));
    HUB_TRY(hub_collected_task_init(&x->task, made, &t->key, token));
    made = NULL;
    x->task.dap_header = true;
    read_query(f, x);
    HUB_TRY(interop_fields_finish(f));
    HUB_TRY(hub_rng_fill(&c->rng, handle, sizeof(handle)));
    hub_base64url_encode(x->handle, HUB_SPAN_ARRAY(handle));
    return HUB_OK;
}

static hub_status collection_start(void *self, const json_t *request, json_t *reply,
                                   struct hub_why *why)
{
    struct collector *const c = self;
    struct interop_fields f = interop_fields(request, why);
    struct collection *const x = calloc(1, sizeof(*x));

    if (x == NULL)
        return HUB_E_MEMORY;
    x->owner = c;
    x->work.run = collect;
    hub_status status = fill_collection(c, x, &f);
    if (status == HUB_OK && json_object_set_new(reply, "handle", json_string(x->handle)) != 0)
        status = HUB_E_MEMORY;
    if (status != HUB_OK) {
        collection_free(x);
        return status;
    }
    pthread_mutex_lock(&c->lock);
    x->next = c->collections;
    c->collections = x;
    pthread_mutex_unlock(&c->lock);
    return hub_workers_submit(c->workers, &x->work);
}

/* ---- collection_poll */

static hub_status put(json_t *reply, const char *name, json_t *value)
{
    return json_object_set_new(reply, name, value) == 0 ? HUB_OK : HUB_E_MEMORY;
}

static hub_status put_result(json_t *reply, const struct collection *x)
{
    const struct hub_task *const task = x->task.task;
    const struct hub_collection *const r = &x->result;

    HUB_TRY(put(reply, "status", json_string("complete")));
    HUB_TRY(put(reply, "report_count", json_integer((json_int_t)r->n_reports)));
    HUB_TRY(
        put(reply, "interval_start", json_integer((json_int_t)(r->seen.start * task->window_s))));
    HUB_TRY(put(reply, "interval_duration",
                json_integer((json_int_t)(r->seen.duration * task->window_s))));
    return put(reply, "result", interop_result(task, r->totals, r->n_cells));
}

/* batch_id stays null: DAP-18 does not tell it to the collector. */
static hub_status collection_poll(void *self, const json_t *request, json_t *reply,
                                  struct hub_why *why)
{
    struct collector *const c = self;
    struct interop_fields f = interop_fields(request, why);
    const char *const handle = interop_text(&f, "handle");
    hub_status status;

    HUB_TRY(interop_fields_finish(&f));
    pthread_mutex_lock(&c->lock);
    const struct collection *x = c->collections;
    while (x != NULL && strcmp(x->handle, handle) != 0)
        x = x->next;
    if (x == NULL)
        status = hub_why(why, HUB_E_NOT_FOUND, "there is no collection with this handle");
    else if (x->outcome == FAILED)
        status = hub_why(why, HUB_E_REFUSED, "%s", x->why.text);
    else if (x->outcome == IN_PROGRESS)
        status = put(reply, "status", json_string("in progress"));
    else
        status = put_result(reply, x);
    pthread_mutex_unlock(&c->lock);
    return status;
}

static const struct interop_endpoint endpoints[] = {
    {.name = "ready"},
    {.name = "add_task", .fields = {"status", "error", "collector_hpke_config"}, .run = add_task},
    {.name = "collection_start", .fields = {"status", "error", "handle"}, .run = collection_start},
    {.name = "collection_poll",
     .fields = {"status", "error", "batch_id", "report_count", "interval_start",
                "interval_duration", "result"},
     .run = collection_poll},
};

static void clear(struct collector *c)
{
    hub_workers_free(c->workers);
    while (c->collections != NULL) {
        struct collection *const x = c->collections;
        c->collections = x->next;
        collection_free(x);
    }
    while (c->tasks != NULL) {
        struct task *const t = c->tasks;
        c->tasks = t->next;
        task_free(t);
    }
    pthread_mutex_destroy(&c->lock);
}

int hub_interop_collector(int argc, char **argv)
{
    const struct hub_workers_config workers = {.n_threads = N_COLLECTIONS};
    struct interop_options options;
    int exit_code;

    if (!interop_options_read(&options, argc, argv, NULL, &exit_code))
        return exit_code;
    interop_signals_block();
    struct collector c = {.log = interop_log("collector"), .rng = hub_system_rng()};
    const struct interop_api api = {.endpoints = endpoints,
                                    .n_endpoints = sizeof(endpoints) / sizeof(endpoints[0]),
                                    .self = &c,
                                    .n_threads = N_THREADS,
                                    .log = &c.log};
    pthread_mutex_init(&c.lock, NULL);
    exit_code = hub_workers_new(&c.workers, &workers) == HUB_OK ? interop_serve(&api, &options) : 1;
    clear(&c);
    return exit_code;
}
