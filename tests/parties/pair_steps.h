/* Steps that tests of the pair share: uploads, totals, and reports and jobs made by hand, with
 * anything in them that an honest party would not send. Each ends the test that calls if it fails.
 */
#ifndef TESTS_PARTIES_PAIR_STEPS_H
#define TESTS_PARTIES_PAIR_STEPS_H

#include "pair.h"

#include "wire/aggregation_job.h"
#include "wire/extension.h"

enum { STEPS_ERRORS_MAX = 64, STEPS_REPORTS_MAX = 8 };

/* n good reports of measurement 1, for the current window or another one, all acknowledged. */
void steps_upload(struct pair *p, size_t n, const char *token);
void steps_upload_at(struct pair *p, uint64_t window, size_t n);
void steps_expect_total(struct pair *p, uint64_t start, uint64_t duration, uint64_t n,
                        int64_t total);
void steps_expect_problem(struct hub_answer answer, unsigned status, enum hub_problem_type problem);
/* The collection of the current window says that it waits for a parked job. */
void steps_expect_stuck(struct pair *p);

/* A resource of the helper, "/tasks/ID/WHAT" made by this request: the same bytes are the same one,
 * with the same answer, after a restart and after DELETE too. */
void steps_expect_one_resource(struct pair *p, const char *what, enum hub_message request,
                               enum hub_message response, hub_span body);

/* "/tasks/ID/WHAT" with the id of a task that there is not. */
void steps_other_task_path(char *out, size_t size, const struct pair *p, const char *what);

/* A report made by hand. */
struct steps_report {
    uint64_t time;               /* 0: the current window */
    hub_span public_extensions;  /* encoded, without the list's length */
    hub_span private_extensions; /* of both aggregators */
    bool spoil_seal;             /* a byte of the helper's ciphertext is changed */
    bool spoil_leader_seal;      /* and of the leader's */
    bool lengthen_helper_share;  /* it does not decode */
    uint8_t leader_config_id;    /* 0: the right one */
    uint8_t helper_config_id;
    bool spoil_leader_share;     /* a field element is changed: the proof does not hold */
    const struct hub_task *task; /* whose configuration is bound into it; NULL: the pair's */
};
/* Appends the encoded Report; id may be NULL. */
void steps_report_append(struct pair *p, struct hub_buf *out, const struct steps_report *report,
                         uint8_t id[HUB_REPORT_ID_LEN]);

/* An aggregation job as a leader makes it, from reports made by hand. The members may be changed
 * before it is encoded (again). */
struct steps_job {
    struct pair *p;
    size_t n;
    struct hub_buf reports[STEPS_REPORTS_MAX];
    struct hub_buf payloads[STEPS_REPORTS_MAX];
    struct hub_verify_init inits[STEPS_REPORTS_MAX];
    struct hub_aggregation_job_init_req req;
    struct hub_buf body; /* encoded */
};
/* With n honest reports of the current window, encoded. */
void steps_job_init(struct steps_job *job, struct pair *p, size_t n);
void steps_job_add(struct steps_job *job, const struct steps_report *report);
void steps_job_encode(struct steps_job *job);
/* Sends the encoded job to the helper. */
struct hub_answer steps_job_post(struct steps_job *job);
/* Sends it, expects an AggregationJobResp and returns what it says of each report. */
size_t steps_job_run(struct steps_job *job, struct hub_verify_resp *resps);
void steps_job_clear(struct steps_job *job);

#endif
