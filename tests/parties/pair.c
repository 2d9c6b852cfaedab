/* Tokens here are fixed texts; keys and ids come from the machine's randomness. */
#include "pair.h"

#include "../postgres/database.h"
#include "aggregator/tokens.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "mechanisms.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const char leader_token[] = "leader-to-helper";
static const char collector_token[] = "collector-to-leader";

const char *pair_service_token(unsigned service)
{
    static const char *const tokens[PAIR_SERVICES_MAX] = {
        "service-1-token", "service-2-token", "service-3-token", "service-4-token",
        "service-5-token", "service-6-token", "service-7-token", "service-8-token"};
    return tokens[service];
}

static uint64_t pair_now(void *self)
{
    struct pair *p = self;
    return p->now_s;
}

static uint64_t helper_now(void *self)
{
    struct pair *p = self;
    return p->now_s + (uint64_t)p->helper_ahead_s;
}

uint64_t pair_window(const struct pair *p)
{
    return p->now_s / p->options.time_precision;
}

/* ---- The peer */

static hub_status peer_open(void *self, void **connection)
{
    *connection = self;
    return HUB_OK;
}

static void peer_close(void *connection)
{
    (void)connection;
}

static hub_span path_of(const char *target)
{
    return hub_span_of(target, strcspn(target, "?"));
}

static hub_span query_of(const char *target)
{
    const char *mark = strchr(target, '?');
    return mark == NULL ? HUB_SPAN_EMPTY : hub_span_text(mark + 1);
}

static void handle_helper(void *self, struct hub_call *call)
{
    struct pair *p = self;

    if (hub_gate_pass(p->helper_party, call))
        hub_helper_handle(p->helper, call);
}

static hub_status peer_exchange(void *connection, const struct hub_peer_request *request,
                                struct hub_peer_reply *reply)
{
    struct pair *p = connection;
    char token[HUB_PARTY_TOKEN_MAX + 1];

    hub_tokens_own(request->task->tokens, token);
    struct hub_call call = {
        .method = request->method,
        .path = path_of(request->path),
        .query = query_of(request->path),
        .content_type = request->content_type,
        .has_token = true,
        .token = hub_span_text(token),
        .body = request->body,
    };
    struct hub_answer answer = {0};

    if (p->helper_is_down)
        return HUB_E_NETWORK;
    p->n_exchanges++;
    if (p->on_request != NULL)
        p->on_request(p->hook_self, request);
    if (p->refuse_status != 0) {
        *reply = (struct hub_peer_reply){.status = p->refuse_status};
        return HUB_OK;
    }
    pthread_rwlock_rdlock(&p->helper_lock);
    hub_call_wait(&answer, &call, handle_helper, p);
    pthread_rwlock_unlock(&p->helper_lock);
    if (p->drop_replies > 0) {
        p->drop_replies--;
        hub_answer_clear(&answer);
        return HUB_E_NETWORK;
    }
    *reply = (struct hub_peer_reply){
        .status = answer.status, .retry_after_s = answer.retry_after_s, .problem = answer.problem};
    if (answer.has_message)
        (void)snprintf(reply->content_type, sizeof(reply->content_type), "%s",
                       hub_media_type(answer.message));
    (void)snprintf(reply->location, sizeof(reply->location), "%s", answer.location);
    hub_buf_move(&reply->body, &answer.body);
    if (p->defer_replies > 0 && reply->body.len != 0 && !request->is_location) {
        p->defer_replies--;
        hub_buf_clear(&reply->body);
        reply->content_type[0] = '\0';
    }
    if (p->spoil_replies > 0 && reply->body.len != 0) {
        p->spoil_replies--;
        reply->body.len--;
    }
    if (p->on_reply != NULL)
        p->on_reply(p->hook_self, reply);
    hub_answer_clear(&answer);
    return HUB_OK;
}

/* ---- Up and down */

static void open_party(struct pair *p, struct hub_party **out, const char *name,
                       const struct hub_hpke_keypair *key)
{
    char head[128];
    struct hub_why why = {0};
    const bool is_helper = key == &p->helper_key;
    const struct hub_hpke_keypair keys[] = {*key, p->older_leader_key};

    (void)snprintf(head, sizeof(head), "%s/%s.head", p->folder, name);
    struct hub_party_config config = {
        .clock = {out == &p->helper_party ? helper_now : pair_now, p},
        .allow_plain = true,
        .rng = p->rng,
        .mechanism = p->options.mechanism,
        .keys = keys,
        .n_keys = !is_helper && p->older_leader_key.config.id != 0 ? 2 : 1,
        .db_path = p->databases[is_helper],
        .head_path = head,
        .limits = hub_party_limits(),
    };
    config.limits.job_linger_ms = p->options.linger_ms == 0 ? 5 : p->options.linger_ms;
    if (is_helper && p->options.helper_job_bytes_max != 0)
        config.limits.job_bytes_max = p->options.helper_job_bytes_max;
    config.limits.disk_free_min = p->options.disk_free_min;
    memset(config.accumulator_key, 7, sizeof(config.accumulator_key));
    if (hub_party_new(out, &config, &why) != HUB_OK)
        fail_msg("%s: %s", name, why.text);
}

static struct hub_task *make_task(struct pair *p)
{
    struct hub_task *task;
    struct hub_why why = {0};
    const struct hub_task_plain plain = {
        .id = p->task_id,
        .task_info = hub_span_text("pair"),
        .leader_url = p->leader_url,
        .helper_url = p->helper_url,
        .vdaf = p->options.vdaf,
        .time_precision = p->options.time_precision,
        .min_batch = p->options.min_batch,
        .batch_mode = p->options.batch_mode,
        .has_interval = p->options.end_s != 0,
        .first_s = p->options.first_s,
        .end_s = p->options.end_s,
    };

    if (hub_task_new_plain(&task, &plain, &why) != HUB_OK)
        fail_msg("task: %s", why.text);
    return task;
}

static struct hub_party_task *add_task(struct pair *p, struct hub_party *party, enum hub_role role)
{
    struct hub_party_task_config config = {
        .task = make_task(p), .peer_token = leader_token, .collector = p->collector_key.config};
    struct hub_party_task *task;
    struct hub_why why = {0};

    config.secret.role = role;
    config.secret.task_id = p->task_id;
    memset(config.secret.verify_key, 42, sizeof(config.secret.verify_key));
    assert_int_equal(HUB_OK, hub_sha256(config.secret.peer_sha256,
                                        hub_span_text(role == HUB_ROLE_LEADER ? collector_token
                                                                              : leader_token)));
    if (role == HUB_ROLE_LEADER && p->options.n_services > 0) {
        config.secret.services = calloc(p->options.n_services, sizeof(struct hub_service));
        assert_non_null(config.secret.services);
        config.secret.n_services = p->options.n_services;
        for (unsigned i = 0; i < p->options.n_services; i++) {
            struct hub_service *service = &config.secret.services[i];
            (void)snprintf(service->name, sizeof(service->name), "service-%u", i + 1);
            assert_int_equal(
                HUB_OK, hub_sha256(service->token_sha256, hub_span_text(pair_service_token(i))));
        }
    }
    if (hub_party_task_add(party, &config, &task, &why) != HUB_OK)
        fail_msg("task: %s", why.text);
    return task;
}

static void start_leader(struct pair *p)
{
    const struct hub_leader_config config = {
        .n_workers = 2,
        .n_collectors = 4,
        .peer = {p, peer_open, peer_close, peer_exchange},
        .retry_ms = p->options.retry_ms,
    };
    struct hub_why why = {0};

    open_party(p, &p->leader_party, "leader", &p->leader_key);
    p->task = add_task(p, p->leader_party, HUB_ROLE_LEADER);
    if (hub_leader_new(&p->leader, p->leader_party, &config, &why) != HUB_OK)
        fail_msg("leader: %s", why.text);
}

static void start_helper(struct pair *p)
{
    const struct hub_helper_config config = {.n_workers = 2,
                                             .is_async = p->options.helper_is_async};
    struct hub_why why = {0};

    open_party(p, &p->helper_party, "helper", &p->helper_key);
    p->helper_task = add_task(p, p->helper_party, HUB_ROLE_HELPER);
    if (hub_helper_new(&p->helper, p->helper_party, &config, &why) != HUB_OK)
        fail_msg("helper: %s", why.text);
}

static void stop_leader(struct pair *p)
{
    hub_leader_free(p->leader);
    hub_party_free(p->leader_party);
}

static void stop_helper(struct pair *p)
{
    hub_helper_free(p->helper);
    hub_party_free(p->helper_party);
}

void pair_restart_leader(struct pair *p)
{
    stop_leader(p);
    start_leader(p);
}

void pair_restart_helper(struct pair *p)
{
    p->helper_is_down = true;
    pthread_rwlock_wrlock(&p->helper_lock);
    stop_helper(p);
    start_helper(p);
    pthread_rwlock_unlock(&p->helper_lock);
    p->helper_is_down = false;
}

void pair_open(struct pair *p, const struct pair_options *options)
{
    memset(p, 0, sizeof(*p));
    assert_int_equal(0, pthread_rwlock_init(&p->helper_lock, NULL));
    p->options = *options;
    if (p->options.vdaf.type == 0)
        p->options.vdaf.type = HUB_VDAF_TYPE_PRIO3_COUNT;
    if (p->options.time_precision == 0)
        p->options.time_precision = 3600;
    if (p->options.min_batch == 0)
        p->options.min_batch = 1;
    if (p->options.batch_mode == 0)
        p->options.batch_mode = HUB_BATCH_TIME_INTERVAL;
    if (p->options.mechanism == NULL)
        p->options.mechanism = hub_test_mechanism_none();
    p->rng = options->rng == NULL ? hub_system_rng() : *options->rng;
    p->now_s = 1767225600; /* 2026-01-01 */
    (void)snprintf(p->folder, sizeof(p->folder), "%s/hubbub-pair-XXXXXX",
                   options->root == NULL ? "/tmp" : options->root);
    assert_non_null(mkdtemp(p->folder));
    for (int i = 0; i < 2; i++) {
        if (test_is_on_server())
            test_database_make(p->databases[i]);
        else
            (void)snprintf(p->databases[i], sizeof(p->databases[i]), "%s/%s.db", p->folder,
                           i == 0 ? "leader" : "helper");
    }
    (void)snprintf(p->leader_url, sizeof(p->leader_url), "http://leader.test/");
    (void)snprintf(p->helper_url, sizeof(p->helper_url), "http://helper.test/");
    assert_int_equal(HUB_OK, hub_rng_fill(&p->rng, p->task_id.bytes, sizeof(p->task_id.bytes)));
    assert_int_equal(HUB_OK, hub_hpke_keypair_generate(&p->leader_key, 1, &p->rng));
    assert_int_equal(HUB_OK, hub_hpke_keypair_generate(&p->helper_key, 2, &p->rng));
    assert_int_equal(HUB_OK, hub_hpke_keypair_generate(&p->collector_key, 3, &p->rng));
    start_helper(p);
    start_leader(p);
    struct hub_task *task = make_task(p);
    assert_int_equal(HUB_OK, hub_device_vdaf_new(&p->vdaf, task));
    assert_int_equal(
        HUB_OK, hub_collected_task_init(&p->collected, task, &p->collector_key, collector_token));
    assert_int_equal(HUB_OK, hub_maker_new(&p->maker, p->collected.task, p->vdaf,
                                           &p->leader_key.config, &p->helper_key.config, &p->rng));
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void pair_close(struct pair *p)
{
    stop_leader(p);
    stop_helper(p);
    hub_maker_free(p->maker);
    hub_collected_task_clear(&p->collected);
    hub_vdaf_free(p->vdaf);
    (void)nftw(p->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    pthread_rwlock_destroy(&p->helper_lock);
}

/* ---- Calls */

static void handle_leader(void *self, struct hub_call *call)
{
    struct pair *p = self;

    if (!hub_gate_pass(p->leader_party, call))
        return;
    if (call->resource == HUB_RESOURCE_HPKE_CONFIG || call->resource == HUB_RESOURCE_HEALTH)
        hub_party_handle(p->leader_party, call);
    else
        hub_leader_handle(p->leader, call);
}

struct hub_answer pair_call(struct pair *p, bool to_leader, enum hub_call_method method,
                            const char *path, const char *content_type, const char *token,
                            hub_span body)
{
    struct hub_answer answer = {0};
    struct hub_call call = {
        .method = method,
        .path = path_of(path),
        .query = query_of(path),
        .content_type = content_type,
        .has_token = token != NULL,
        .token = token == NULL ? HUB_SPAN_EMPTY : hub_span_text(token),
        .body = body,
    };

    hub_call_wait(&answer, &call, to_leader ? handle_leader : handle_helper, p);
    return answer;
}

size_t pair_upload(struct pair *p, hub_span body, const char *token,
                   struct hub_upload_status *errors, size_t max)
{
    char path[128];
    size_t n = 0;

    (void)snprintf(path, sizeof(path), "/tasks/%s/reports", p->task->label);
    struct hub_answer answer = pair_call(p, true, HUB_CALL_POST, path,
                                         hub_media_type(HUB_MESSAGE_UPLOAD_REQ), token, body);
    assert_int_equal(answer.status, 200);
    if (answer.has_message) {
        assert_int_equal(answer.message, HUB_MESSAGE_UPLOAD_ERRORS);
        assert_int_equal(HUB_OK, hub_upload_errors_count(&n, hub_buf_span(&answer.body)));
        assert_in_range(n, 1, max);
        assert_int_equal(HUB_OK, hub_upload_errors_decode(errors, n, hub_buf_span(&answer.body)));
    } else {
        assert_int_equal(answer.body.len, 0);
    }
    hub_answer_clear(&answer);
    return n;
}

void pair_report(struct pair *p, struct hub_parcel *parcel, enum hub_parcel_kind kind,
                 uint64_t measurement)
{
    const struct hub_measurement m = {.number = measurement};

    parcel->kind = kind;
    assert_int_equal(HUB_OK, hub_maker_add(p->maker, parcel, pair_window(p), &m));
}

void pair_settle(struct pair *p)
{
    assert_int_equal(HUB_OK, hub_leader_settle(p->leader, 20000));
}

struct hub_answer pair_collect(struct pair *p, uint64_t start, uint64_t duration)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    struct hub_buf request = HUB_BUF_INIT(4096);
    char path[128];

    assert_int_equal(HUB_OK, hub_collection_request(&request, p->collected.task, start, duration));
    (void)snprintf(path, sizeof(path), "/tasks/%s/collection_jobs", p->task->label);
    struct hub_answer answer =
        pair_call(p, true, HUB_CALL_POST, path, hub_media_type(HUB_MESSAGE_COLLECTION_JOB_REQ),
                  collector_token, hub_buf_span(&request));
    hub_buf_clear(&request);
    for (int i = 0; i < 1000 && answer.status < 300 && !answer.has_message; i++) {
        char location[HUB_CALL_LOCATION_MAX];
        memcpy(location, answer.location, sizeof(location));
        hub_answer_clear(&answer);
        (void)nanosleep(&pause, NULL);
        answer = pair_call(p, true, HUB_CALL_GET, location, NULL, collector_token, HUB_SPAN_EMPTY);
    }
    return answer;
}

void pair_open_totals(struct pair *p, struct hub_collection *out, uint64_t start, uint64_t duration,
                      hub_span response)
{
    struct hub_buf request = HUB_BUF_INIT(4096);
    struct hub_why why = {0};

    assert_int_equal(HUB_OK, hub_collection_request(&request, p->collected.task, start, duration));
    if (hub_collection_open(out, &p->collected, hub_buf_span(&request), response, &why) != HUB_OK)
        fail_msg("collection: %s", why.text);
    hub_buf_clear(&request);
}
