/* Aggregators in this process: started on an empty folder, asked, looked into, removed. */
#include "interop_vectors_party.h"

#include "../tests/mechanisms/mechanisms.h"
#include "aggregator/gate.h"
#include "aggregator/tokens.h"
#include "aggregator/total.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
    DAY_S = 86400,
    POLLS_MAX = 200, /* of a deferred answer, 50 ms apart */
    POLL_MS = 50,
    NOISES = 64, /* vectors made beforehand: a bucket takes one */
    SETTLE_MS = 20000
};

/* As long as those that a ceremony makes. */
static const char leader_token[HUB_TOKEN_LEN + 1] = "bGVhZGVyLXRvLWhlbHBlci10b2tlbi1vZi12ZWN0b3J";
static const char collector_token[HUB_TOKEN_LEN + 1] =
    "Y29sbGVjdG9yLXRvLWxlYWRlci10b2tlbi1vZi12ZWN";

static hub_status draw(void *self, uint8_t *out, size_t n)
{
    struct hub_vectors_chance *const chance = self;
    const struct hub_rng machine = hub_system_rng();
    bool is_drawn = false;

    pthread_mutex_lock(&chance->lock);
    if (chance->has_key && n == sizeof(chance->key)) {
        for (size_t i = 0; i < n; i++)
            out[i] = chance->key[i];
        is_drawn = true;
    }
    pthread_mutex_unlock(&chance->lock);
    return is_drawn ? HUB_OK : hub_rng_fill(&machine, out, n);
}

void hub_vectors_party_set_key(struct hub_vectors_party *p, const uint8_t *key)
{
    pthread_mutex_lock(&p->chance.lock);
    p->chance.has_key = key != NULL;
    if (key != NULL)
        memcpy(p->chance.key, key, sizeof(p->chance.key));
    pthread_mutex_unlock(&p->chance.lock);
}

/* A month after the end of the last window that any report of the file names. */
static uint64_t now_s(void *self)
{
    const struct hub_vectors *const v = self;
    uint64_t last = 0;

    for (size_t i = 0; i < v->n_reports; i++) {
        if (v->reports[i].report.metadata.time > last)
            last = v->reports[i].report.metadata.time;
    }
    return (last + 1) * v->configuration.time_precision + UINT64_C(30) * DAY_S;
}

static struct hub_task *make_task(struct hub_vectors *v)
{
    const struct hub_task_configuration *const c = &v->configuration;
    const struct hub_time_interval interval = c->task_interval;
    const json_t *const task = json_object_get(v->root, "task");
    const struct hub_task_plain plain = {
        .id = v->task_id,
        .task_info = c->task_info,
        .leader_url = hub_vectors_text(v, task, "leader_aggregator_endpoint"),
        .helper_url = hub_vectors_text(v, task, "helper_aggregator_endpoint"),
        .vdaf = c->vdaf,
        .time_precision = c->time_precision,
        .min_batch = c->min_batch_size,
        .batch_mode = c->batch_mode,
        .has_interval = c->has_task_interval,
        .first_s = interval.start * c->time_precision,
        .end_s = (interval.start + interval.duration) * c->time_precision,
    };
    struct hub_task *made = NULL;

    hub_vectors_must(v, "task", hub_task_new_plain(&made, &plain, NULL));
    if (!v->failed)
        hub_vectors_expect_same(v, "task_configuration", v->task_configuration,
                                hub_buf_span(&made->configuration));
    return made;
}

static struct hub_task_secret make_secret(struct hub_vectors *v, enum hub_role role)
{
    struct hub_task_secret secret = {
        .role = role, .task_id = v->task_id, .verification_key_id = v->verification_key_id};
    const char *const peer = role == HUB_ROLE_LEADER ? collector_token : leader_token;

    memcpy(secret.verify_key, v->verify_key.ptr, sizeof(secret.verify_key));
    if (role == HUB_ROLE_LEADER)
        memcpy(secret.token, leader_token, sizeof(secret.token));
    hub_vectors_must(v, "token", hub_sha256(secret.peer_sha256, hub_span_of(peer, HUB_TOKEN_LEN)));
    return secret;
}

static void open_party(struct hub_vectors_party *p)
{
    static const struct hub_log silent = {.file = NULL};
    struct hub_vectors *const v = p->v;
    const bool is_leader = p->role == HUB_ROLE_LEADER;
    struct hub_why why = {{0}};
    struct hub_party_config config = {
        .clock = {now_s, v},
        .allow_plain = true,
        .rng = {draw, &p->chance},
        .mechanism = hub_test_mechanism_none(),
        .log = &silent,
        .keys = &v->keys[is_leader ? HUB_VECTORS_LEADER : HUB_VECTORS_HELPER],
        .n_keys = 1,
        .accumulator_key = {1, 2, 3},
        .db_path = p->db_path,
        .head_path = p->head_path,
        .path_prefix = "",
        .limits = hub_party_limits(),
    };

    config.limits.job_linger_ms = 5;
    (void)snprintf(p->db_path, sizeof(p->db_path), "%s/db", p->folder);
    (void)snprintf(p->head_path, sizeof(p->head_path), "%s/head", p->folder);
    if (hub_party_new(&p->party, &config, &why) != HUB_OK)
        hub_vectors_fail(v, "", "an aggregator that starts", why.text);
}

static void add_task(struct hub_vectors_party *p)
{
    struct hub_vectors *const v = p->v;
    struct hub_party_task_config config = {.task = make_task(v),
                                           .secret = make_secret(v, p->role),
                                           .collector = v->collector_keys.config};
    struct hub_why why = {{0}};

    if (!v->failed && hub_party_task_add(p->party, &config, &p->task, &why) != HUB_OK)
        hub_vectors_fail(v, "task", "a task that is admitted", why.text);
    hub_task_free(config.task);
    hub_task_secret_wipe(&config.secret);
}

/* In memory where the machine offers it: these stores need not outlive the program, and each commit
 * would wait for a disk. */
static const char *folder_for_stores(void)
{
    const char *const tmp = getenv("TMPDIR");

    if (tmp != NULL)
        return tmp;
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
}

static void start(struct hub_vectors *v, struct hub_vectors_party *p, enum hub_role role)
{
    *p = (struct hub_vectors_party){.v = v, .role = role};
    pthread_mutex_init(&p->chance.lock, NULL);
    (void)snprintf(p->folder, sizeof(p->folder), "%.30s/hubbub-vectors-XXXXXX",
                   folder_for_stores());
    if (!v->failed && mkdtemp(p->folder) == NULL)
        hub_vectors_fail(v, "", "a folder for a store", p->folder);
    if (!v->failed)
        open_party(p);
    if (!v->failed)
        add_task(p);
    /* a party that is asked before its noise is there says 503 */
    if (!v->failed)
        hub_vectors_must(v, "noise", hub_noise_pool_wait(p->party->pool, NOISES, SETTLE_MS));
}

void hub_vectors_helper_start(struct hub_vectors *v, struct hub_vectors_party *p)
{
    const struct hub_helper_config config = {.n_workers = 1};
    struct hub_why why = {{0}};

    start(v, p, HUB_ROLE_HELPER);
    if (!v->failed && hub_helper_new(&p->helper, p->party, &config, &why) != HUB_OK)
        hub_vectors_fail(v, "", "a helper that starts", why.text);
}

/* ---- from leader to helper */

static hub_status open_link(void *self, void **connection)
{
    *connection = self;
    return HUB_OK;
}

static void close_link(void *connection)
{
    (void)connection;
}

static void handle(void *self, struct hub_call *call)
{
    struct hub_vectors_party *const p = self;

    if (!hub_gate_pass(p->party, call))
        return;
    if (p->helper != NULL)
        hub_helper_handle(p->helper, call);
    else
        hub_leader_handle(p->leader, call);
}

/* The part of a Location behind the task's base path; of a path, itself. */
static const char *path_in(const struct hub_vectors_party *p, const char *location)
{
    const size_t n = strlen(p->task->base_path);

    return strncmp(location, p->task->base_path, n) == 0 ? location + n : location;
}

static hub_status ask_helper(struct hub_vectors_party *helper,
                             const struct hub_peer_request *request, struct hub_peer_reply *reply)
{
    const char *const path = request->is_location ? path_in(helper, request->path) : request->path;
    char token[HUB_PARTY_TOKEN_MAX + 1];

    hub_tokens_own(request->task->tokens, token);
    struct hub_call call = {
        .method = request->method,
        .path = hub_span_text(path),
        .content_type = request->content_type,
        .has_token = true,
        .token = hub_span_text(token),
        .body = request->body,
    };
    struct hub_answer answer = {0};

    hub_call_wait(&answer, &call, handle, helper);
    reply->status = answer.status;
    reply->problem = answer.problem;
    reply->retry_after_s = answer.retry_after_s;
    (void)snprintf(reply->content_type, sizeof(reply->content_type), "%s",
                   answer.has_message ? hub_media_type(answer.message) : "");
    (void)snprintf(reply->location, sizeof(reply->location), "%s", answer.location);
    hub_buf_move(&reply->body, &answer.body);
    hub_answer_clear(&answer);
    return HUB_OK;
}

static hub_status reply_with(const struct hub_vectors_link *link, struct hub_peer_reply *reply)
{
    reply->status = 201;
    (void)snprintf(reply->content_type, sizeof(reply->content_type), "%s",
                   hub_media_type(HUB_MESSAGE_AGGREGATION_JOB_RESP));
    reply->body = (struct hub_buf)HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX);
    return hub_buf_append(&reply->body, link->reply);
}

static hub_status exchange(void *connection, const struct hub_peer_request *request,
                           struct hub_peer_reply *reply)
{
    struct hub_vectors_link *const link = connection;

    hub_peer_reply_clear(reply);
    const hub_status status =
        link->helper != NULL ? ask_helper(link->helper, request, reply) : reply_with(link, reply);
    pthread_mutex_lock(&link->lock);
    link->last_request.len = 0;
    const hub_status kept = hub_buf_append(&link->last_request, request->body);
    link->n_asked++;
    pthread_cond_broadcast(&link->asked);
    pthread_mutex_unlock(&link->lock);
    return status == HUB_OK ? kept : status;
}

void hub_vectors_link_init(struct hub_vectors_link *link, struct hub_vectors_party *helper)
{
    *link = (struct hub_vectors_link){.helper = helper,
                                      .last_request = HUB_BUF_INIT(HUB_VECTORS_MESSAGE_MAX)};
    pthread_mutex_init(&link->lock, NULL);
    pthread_cond_init(&link->asked, NULL);
}

void hub_vectors_link_clear(struct hub_vectors_link *link)
{
    hub_buf_clear(&link->last_request);
    pthread_cond_destroy(&link->asked);
    pthread_mutex_destroy(&link->lock);
}

bool hub_vectors_link_wait(struct hub_vectors_link *link, size_t n)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 10;
    pthread_mutex_lock(&link->lock);
    while (link->n_asked < n && pthread_cond_timedwait(&link->asked, &link->lock, &until) == 0)
        ;
    const bool was_asked = link->n_asked >= n;
    pthread_mutex_unlock(&link->lock);
    return was_asked;
}

/* ---- the leader's room */

void hub_vectors_leader_restart(struct hub_vectors *v, struct hub_vectors_party *p,
                                struct hub_vectors_link *link)
{
    const struct hub_leader_config config = {
        .n_workers = 1, .n_collectors = 1, .peer = {link, open_link, close_link, exchange}};
    struct hub_why why = {{0}};

    hub_leader_free(p->leader);
    p->leader = NULL;
    if (!v->failed && hub_leader_new(&p->leader, p->party, &config, &why) != HUB_OK)
        hub_vectors_fail(v, "", "a leader that starts", why.text);
}

void hub_vectors_leader_start(struct hub_vectors *v, struct hub_vectors_party *p,
                              struct hub_vectors_link *link)
{
    start(v, p, HUB_ROLE_LEADER);
    hub_vectors_leader_restart(v, p, link);
}

static void remove_folder(const char *folder)
{
    DIR *const dir = opendir(folder);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.')
            (void)unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL)
        closedir(dir);
    (void)rmdir(folder);
}

void hub_vectors_party_stop(struct hub_vectors_party *p)
{
    if (p->v == NULL)
        return;
    hub_leader_free(p->leader);
    hub_helper_free(p->helper);
    hub_party_free(p->party);
    remove_folder(p->folder);
    pthread_mutex_destroy(&p->chance.lock);
    *p = (struct hub_vectors_party){.v = NULL};
}

/* ---- asking */

static hub_span token_for(const char *resource)
{
    if (strcmp(resource, "collection_jobs") == 0)
        return hub_span_of(collector_token, HUB_TOKEN_LEN);
    return hub_span_of(leader_token, HUB_TOKEN_LEN);
}

static void call_party(struct hub_vectors_party *p, struct hub_answer *answer,
                       enum hub_call_method method, const char *path, const char *resource,
                       const char *content_type, hub_span body)
{
    struct hub_call call = {
        .method = method,
        .path = hub_span_text(path),
        .content_type = content_type,
        .has_token = strcmp(resource, "reports") != 0,
        .token = token_for(resource),
        .body = body,
    };

    *answer = (struct hub_answer){0};
    hub_call_wait(answer, &call, handle, p);
}

struct hub_vectors_answer hub_vectors_post(struct hub_vectors_party *p, const char *resource,
                                           enum hub_message message, hub_span body)
{
    static const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    struct hub_vectors_answer out = {.problem = ""};
    struct hub_answer answer;
    char path[HUB_CALL_LOCATION_MAX];

    if (p->v->failed)
        return out;
    (void)snprintf(path, sizeof(path), "/tasks/%s/%s", p->task->label, resource);
    call_party(p, &answer, HUB_CALL_POST, path, resource, hub_media_type(message), body);
    for (int i = 0;
         i < POLLS_MAX && answer.status < 300 && answer.location[0] != '\0' && answer.body.len == 0;
         i++) {
        (void)nanosleep(&pause, NULL);
        (void)snprintf(path, sizeof(path), "%s", path_in(p, answer.location));
        hub_answer_clear(&answer);
        call_party(p, &answer, HUB_CALL_GET, path, resource, NULL, HUB_SPAN_EMPTY);
    }
    out.status = answer.status;
    out.problem = hub_problem_name(answer.problem);
    out.has_message = answer.has_message;
    out.message = answer.message;
    out.body = hub_vectors_keep(p->v, &answer.body, resource, HUB_OK);
    hub_answer_clear(&answer);
    return out;
}

const char *hub_vectors_outcome_of(const struct hub_vectors_answer *answer)
{
    if (answer->status >= 200 && answer->status < 300)
        return answer->has_message && answer->message == HUB_MESSAGE_UPLOAD_ERRORS ? "discarded"
                                                                                   : "accepted";
    return answer->problem[0] == '\0' ? "a status without a problem type" : answer->problem;
}

/* ---- looking into a store */

static void sum(struct hub_vectors_party *p, struct hub_time_interval windows,
                struct hub_total *total, hub_span *share)
{
    struct hub_vectors *const v = p->v;
    struct hub_worker *worker = NULL;

    *total = (struct hub_total){0};
    hub_vectors_must(v, "", hub_worker_new(&worker, p->party));
    if (v->failed)
        return;
    hub_vectors_must(v, "", hub_total_sum(worker, p->task, windows, total));
    if (!v->failed && share != NULL) {
        const size_t len = hub_vdaf_agg_share_len(v->vdaf);
        uint8_t *const copy = hub_vectors_alloc(v, len);
        if (copy != NULL) {
            memcpy(copy, total->share, len);
            *share = hub_span_of(copy, len);
        }
    }
    hub_worker_free(worker);
}

void hub_vectors_expect_bucket(struct hub_vectors_party *p, const json_t *bucket, const char *key)
{
    struct hub_vectors *const v = p->v;
    const struct hub_time_interval window = hub_vectors_interval(v, bucket, "interval");
    struct hub_total total;
    hub_span share = HUB_SPAN_EMPTY;

    if (v->failed)
        return;
    sum(p, window, &total, &share);
    hub_vectors_expect_number(v, bucket, "report_count", total.n_reports);
    hub_vectors_expect(v, bucket, "checksum", HUB_SPAN_ARRAY(total.checksum));
    hub_vectors_expect(v, bucket, key, share);
}

uint64_t hub_vectors_count(struct hub_vectors_party *p)
{
    struct hub_vectors *const v = p->v;
    uint64_t n = 0;

    for (size_t i = 0; i < v->n_reports && !v->failed; i++) {
        const uint64_t time = v->reports[i].report.metadata.time;
        struct hub_total total;
        bool is_first = true;
        for (size_t k = 0; k < i; k++)
            is_first &= v->reports[k].report.metadata.time != time;
        if (!is_first)
            continue;
        sum(p, (struct hub_time_interval){time, 1}, &total, NULL);
        n += total.n_reports;
    }
    return n;
}
