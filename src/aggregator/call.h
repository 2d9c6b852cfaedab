/* A request to an aggregator and its answer, free of sockets: what the HTTP server hands in, and
 * what a test calls in its own process. DAP-18, "HTTP Resources Reference". */
#ifndef AGGREGATOR_CALL_H
#define AGGREGATOR_CALL_H

#include "base/bytes.h"
#include "wire/media_type.h"
#include "wire/problem.h"
#include "wire/types.h"

struct hub_party_task;

enum hub_call_method { HUB_CALL_GET, HUB_CALL_POST, HUB_CALL_DELETE, HUB_CALL_OTHER };

enum hub_resource {
    HUB_RESOURCE_NONE, /* no such path */
    HUB_RESOURCE_HPKE_CONFIG,
    HUB_RESOURCE_HEALTH,
    HUB_RESOURCE_REPORTS,          /* leader */
    HUB_RESOURCE_COLLECTION_JOBS,  /* leader: where collection jobs are made */
    HUB_RESOURCE_COLLECTION_JOB,   /* leader: one of them */
    HUB_RESOURCE_AGGREGATION_JOBS, /* helper */
    HUB_RESOURCE_AGGREGATION_JOB,
    HUB_RESOURCE_AGGREGATE_SHARES, /* helper */
    HUB_RESOURCE_AGGREGATE_SHARE
};

enum {
    HUB_RESOURCE_ID_LEN = 16,     /* of jobs and shares, derived from the request's content */
    HUB_CALL_LOCATION_MAX = 700,  /* with its NUL */
    HUB_CALL_TEXT_MAX = 384,      /* with its NUL */
    HUB_CALL_UNSUPPORTED_MAX = 16 /* extension types named in a problem */
};

/* Zeroed but for its members that matter: no body, no problem. */
struct hub_answer {
    unsigned status;               /* HTTP status code */
    enum hub_problem_type problem; /* with a status from 400 on */
    const char *refusal;           /* a privacy rule's name (statement/refusal.h), or NULL */
    const char *detail;            /* static text for a person, or NULL */
    char text[HUB_CALL_TEXT_MAX];  /* the same where it is not static; "": none */
    const char *allow;             /* with 405: the methods that there are; else NULL */
    uint16_t unsupported[HUB_CALL_UNSUPPORTED_MAX];
    size_t n_unsupported;
    bool has_task; /* the problem names the task */
    struct hub_task_id task_id;
    bool has_message; /* the body is this message; an answer without has an empty body */
    enum hub_message message;
    struct hub_buf body;
    char location[HUB_CALL_LOCATION_MAX]; /* "": none */
    uint32_t retry_after_s;               /* 0: none */
    uint32_t max_age_s;                   /* of Cache-Control; 0: none */
};

void hub_answer_clear(struct hub_answer *answer);

/* Everything borrowed here lives until answer is called. */
struct hub_call {
    /* what came */
    enum hub_call_method method;
    hub_span path;            /* after the server's prefix, without the query */
    hub_span query;           /* without the question mark */
    const char *content_type; /* NULL: none */
    bool has_token;
    hub_span token; /* of Authorization: Bearer or DAP-Auth-Token */
    hub_span body;
    /* Called exactly once, from any thread; may take answer's body. The call is not touched
     * afterwards. */
    void (*answer)(struct hub_call *call, struct hub_answer *answer);
    void *owner;
    /* filled by hub_gate_check */
    enum hub_resource resource;
    struct hub_party_task *task;
    uint8_t resource_id[HUB_RESOURCE_ID_LEN];
    long service; /* number of the registered service that reports, or -1 */
};

/* Resource and the texts of the ids in a path like /tasks/{id}/aggregation_jobs/{id}. */
enum hub_resource hub_call_route(hub_span *task_id, hub_span *resource_id, hub_span path);

/* What is said while the disk has too little room. */
#define HUB_CALL_DISK_TEXT "there is too little room on the disk"
enum { HUB_CALL_DISK_S = 30 };

/* Short ways to answer. Each gives the call up. */
void hub_call_answer(struct hub_call *call, struct hub_answer *answer);
void hub_call_problem(struct hub_call *call, unsigned status, enum hub_problem_type problem,
                      const char *detail);
/* 503 and Retry-After, for what the machine cannot do now. */
void hub_call_unavailable(struct hub_call *call, const char *refusal, const char *detail,
                          uint32_t retry_after_s);
/* The answer to a status that a handler cannot mend: 503 for the machine's move, 400 with
 * invalidMessage for the peer's. */
void hub_call_failed(struct hub_call *call, hub_status status);

/* Hands the call to handle and waits for its answer, for tests and for parties in one process. */
void hub_call_wait(struct hub_answer *out, struct hub_call *call,
                   void (*handle)(void *self, struct hub_call *call), void *self);

#endif
