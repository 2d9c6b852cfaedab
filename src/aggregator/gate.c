/* What a request must be before its body is worth reading. */
#include "aggregator/gate.h"

#include "aggregator/tokens.h"

#include "base/text.h"

enum {
    SMALL_BODY_MAX = 65536, /* requests for collections and shares */
    PAUSED_RETRY_S = 60
};

/* What each resource takes. */
struct rule {
    enum hub_call_method method;
    enum hub_role role; /* HUB_ROLE_CLIENT: any */
    bool has_body;
    enum hub_message message; /* of its body */
};

static const struct rule reports = {HUB_CALL_POST, HUB_ROLE_LEADER, true, HUB_MESSAGE_UPLOAD_REQ};
static const struct rule collection_jobs = {HUB_CALL_POST, HUB_ROLE_LEADER, true,
                                            HUB_MESSAGE_COLLECTION_JOB_REQ};
static const struct rule collection_job_get = {HUB_CALL_GET, HUB_ROLE_LEADER, false, 0};
static const struct rule collection_job_delete = {HUB_CALL_DELETE, HUB_ROLE_LEADER, false, 0};
static const struct rule aggregation_jobs = {HUB_CALL_POST, HUB_ROLE_HELPER, true,
                                             HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ};
static const struct rule aggregation_job_continue = {HUB_CALL_POST, HUB_ROLE_HELPER, true,
                                                     HUB_MESSAGE_AGGREGATION_JOB_CONTINUE_REQ};
static const struct rule helper_get = {HUB_CALL_GET, HUB_ROLE_HELPER, false, 0};
static const struct rule helper_delete = {HUB_CALL_DELETE, HUB_ROLE_HELPER, false, 0};
static const struct rule aggregate_shares = {HUB_CALL_POST, HUB_ROLE_HELPER, true,
                                             HUB_MESSAGE_AGGREGATE_SHARE_REQ};
static const struct rule public_get = {HUB_CALL_GET, HUB_ROLE_CLIENT, false, 0};

/* NULL: the resource does not have this method. */
static const struct rule *find_rule(enum hub_resource resource, enum hub_call_method method)
{
    switch (resource) {
    case HUB_RESOURCE_HPKE_CONFIG:
    case HUB_RESOURCE_HEALTH:
        return method == HUB_CALL_GET ? &public_get : NULL;
    case HUB_RESOURCE_REPORTS:
        return method == HUB_CALL_POST ? &reports : NULL;
    case HUB_RESOURCE_COLLECTION_JOBS:
        return method == HUB_CALL_POST ? &collection_jobs : NULL;
    case HUB_RESOURCE_COLLECTION_JOB:
        if (method == HUB_CALL_GET)
            return &collection_job_get;
        return method == HUB_CALL_DELETE ? &collection_job_delete : NULL;
    case HUB_RESOURCE_AGGREGATION_JOBS:
        return method == HUB_CALL_POST ? &aggregation_jobs : NULL;
    case HUB_RESOURCE_AGGREGATION_JOB:
        if (method == HUB_CALL_POST)
            return &aggregation_job_continue;
        if (method == HUB_CALL_GET)
            return &helper_get;
        return method == HUB_CALL_DELETE ? &helper_delete : NULL;
    case HUB_RESOURCE_AGGREGATE_SHARES:
        return method == HUB_CALL_POST ? &aggregate_shares : NULL;
    case HUB_RESOURCE_AGGREGATE_SHARE:
        if (method == HUB_CALL_GET)
            return &helper_get;
        return method == HUB_CALL_DELETE ? &helper_delete : NULL;
    case HUB_RESOURCE_NONE:
        return NULL;
    }
    return NULL;
}

/* The value of Allow. */
static const char *allowed(enum hub_resource resource)
{
    switch (resource) {
    case HUB_RESOURCE_HPKE_CONFIG:
    case HUB_RESOURCE_HEALTH:
        return "GET, HEAD";
    case HUB_RESOURCE_REPORTS:
    case HUB_RESOURCE_COLLECTION_JOBS:
    case HUB_RESOURCE_AGGREGATION_JOBS:
    case HUB_RESOURCE_AGGREGATE_SHARES:
        return "POST";
    case HUB_RESOURCE_AGGREGATION_JOB:
        return "GET, HEAD, POST, DELETE";
    case HUB_RESOURCE_COLLECTION_JOB:
    case HUB_RESOURCE_AGGREGATE_SHARE:
        return "GET, HEAD, DELETE";
    case HUB_RESOURCE_NONE:
        break;
    }
    return "";
}

static bool refuse(struct hub_answer *answer, const struct hub_call *call, unsigned status,
                   enum hub_problem_type problem, const char *detail)
{
    *answer = (struct hub_answer){.status = status, .problem = problem, .detail = detail};
    if (call->task != NULL) {
        answer->has_task = true;
        answer->task_id = call->task->task->id;
    }
    return false;
}

/* HUB_E_NOT_FOUND: there is no such task in this role. */
static hub_status find_task(struct hub_party *party, struct hub_call *call, hub_span text,
                            enum hub_role role)
{
    uint8_t id[HUB_TASK_ID_LEN];

    const hub_status status = hub_base64url_decode_exact(id, sizeof(id), text);
    if (status == HUB_E_DECODE)
        return HUB_E_NOT_FOUND;
    HUB_TRY(status);
    struct hub_party_task *task = hub_party_task_find(party, id);
    if (task == NULL || task->role != role)
        return HUB_E_NOT_FOUND;
    call->task = task;
    return HUB_OK;
}

/* HUB_E_NOT_FOUND: no id of a resource. A path without one is HUB_OK. */
static hub_status read_resource_id(struct hub_call *call, hub_span text)
{
    if (text.len == 0)
        return HUB_OK;
    const hub_status status =
        hub_base64url_decode_exact(call->resource_id, HUB_RESOURCE_ID_LEN, text);
    return status == HUB_E_DECODE ? HUB_E_NOT_FOUND : status;
}

/* The machine's move: the same request may pass in a moment. */
static bool refuse_for_now(struct hub_answer *answer, const struct hub_call *call,
                           hub_status status)
{
    (void)refuse(answer, call, 503, HUB_PROBLEM_NONE, hub_status_text(status));
    answer->retry_after_s = 1;
    return false;
}

/* Whether the caller is who this resource is for: the leader for the helper's, the collector for
 * collections, a registered service for uploads of a task that has services. */
static bool is_authorized(struct hub_call *call)
{
    if (call->resource == HUB_RESOURCE_REPORTS) {
        if (call->task->secret.n_services == 0)
            return true;
        call->service = call->has_token ? hub_tokens_service(call->task->tokens, call->token) : -1;
        return call->service >= 0;
    }
    return call->has_token && hub_tokens_are_peers(call->task->tokens, call->token);
}

static size_t body_limit(const struct hub_party *party, enum hub_resource resource)
{
    if (resource == HUB_RESOURCE_REPORTS)
        return party->limits.upload_bytes_max;
    if (resource == HUB_RESOURCE_AGGREGATION_JOBS || resource == HUB_RESOURCE_AGGREGATION_JOB)
        return party->limits.job_bytes_max;
    return SMALL_BODY_MAX;
}

bool hub_gate_check(struct hub_party *party, struct hub_call *call, struct hub_answer *answer,
                    size_t *bytes_max)
{
    hub_span task_text;
    hub_span id_text;

    call->task = NULL;
    call->service = -1;
    *bytes_max = 0;
    call->resource = hub_call_route(&task_text, &id_text, call->path);
    if (call->resource == HUB_RESOURCE_NONE)
        return refuse(answer, call, 404, HUB_PROBLEM_NONE, "no such resource");
    const struct rule *rule = find_rule(call->resource, call->method);
    if (rule == NULL) {
        (void)refuse(answer, call, 405, HUB_PROBLEM_NONE, "the resource has no such method");
        answer->allow = allowed(call->resource);
        return false;
    }
    if (rule->role == HUB_ROLE_CLIENT)
        return true;
    hub_status status = find_task(party, call, task_text, rule->role);
    if (status == HUB_E_NOT_FOUND)
        return refuse(answer, call, 404, HUB_PROBLEM_UNRECOGNIZED_TASK,
                      "this aggregator has no such task in this role");
    if (status != HUB_OK)
        return refuse_for_now(answer, call, status);
    if (!is_authorized(call))
        return refuse(answer, call, call->has_token ? 403 : 401, HUB_PROBLEM_NONE,
                      "the token is missing or is not the one for this task");
    if (call->resource == HUB_RESOURCE_REPORTS &&
        atomic_load(&call->task->intake) == HUB_INTAKE_PAUSED) {
        (void)refuse(answer, call, 503, HUB_PROBLEM_NONE, "the task is paused");
        answer->retry_after_s = PAUSED_RETRY_S;
        return false;
    }
    status = read_resource_id(call, id_text);
    if (status != HUB_OK && status != HUB_E_NOT_FOUND)
        return refuse_for_now(answer, call, status);
    if (status == HUB_E_NOT_FOUND)
        return refuse(answer, call, 404,
                      call->resource == HUB_RESOURCE_AGGREGATION_JOB
                          ? HUB_PROBLEM_UNRECOGNIZED_AGGREGATION_JOB
                          : HUB_PROBLEM_NONE,
                      "no such job or share");
    if (!rule->has_body)
        return true;
    if (call->content_type == NULL || !hub_media_type_is(call->content_type, rule->message))
        return refuse(answer, call, 415, HUB_PROBLEM_NONE,
                      "the Content-Type is not the one of this message");
    *bytes_max = body_limit(party, call->resource);
    return true;
}

bool hub_gate_pass(struct hub_party *party, struct hub_call *call)
{
    struct hub_answer answer = {0};
    size_t bytes_max;

    if (!hub_gate_check(party, call, &answer, &bytes_max)) {
        hub_call_answer(call, &answer);
        return false;
    }
    if (call->body.len > bytes_max) {
        hub_call_problem(call, 413, HUB_PROBLEM_NONE,
                         "the body is longer than this resource takes");
        return false;
    }
    return true;
}

void hub_party_handle(struct hub_party *party, struct hub_call *call)
{
    struct hub_answer answer = {.status = 200};

    if (call->resource == HUB_RESOURCE_HPKE_CONFIG) {
        answer.has_message = true;
        answer.message = HUB_MESSAGE_HPKE_CONFIG_LIST;
        answer.max_age_s = party->limits.hpke_max_age_s;
        answer.body = (struct hub_buf)HUB_BUF_INIT(HUB_PARTY_CONFIG_LIST_MAX);
        hub_status status = hub_party_keys_list(&party->keys, &answer.body);
        if (status != HUB_OK) {
            hub_call_failed(call, status);
            return;
        }
    }
    hub_call_answer(call, &answer);
}
