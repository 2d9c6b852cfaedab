/* The VDAF works through a job in runs of some dozens of reports, so that its workspace stays in
 * the cache; rows of states and messages lie in the arena for the whole job. */
#include "aggregator/verify.h"

#include "vdaf/ping_pong.h"

enum { RUN = 64 }; /* reports a run */

/* The report error of a VDAF verdict: what does not decode is an invalid message ("Input Share
 * Validation", item 1), what the peer sent or the proof says is a verify error. */
static uint8_t error_of(uint8_t vdaf_verdict)
{
    switch (vdaf_verdict) {
    case HUB_VDAF_ACCEPTED:
        return HUB_REPORT_OK;
    case HUB_VDAF_BAD_PUBLIC_SHARE:
    case HUB_VDAF_BAD_INPUT_SHARE:
        return HUB_REPORT_INVALID_MESSAGE;
    default:
        return HUB_REPORT_VDAF_VERIFY_ERROR;
    }
}

/* Verdicts of the VDAF for a run: a report that is rejected already is skipped there. */
static void begin_run(uint8_t *vdaf_verdict, const uint8_t *verdict, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vdaf_verdict[i] = verdict[i] == HUB_REPORT_OK ? HUB_VDAF_ACCEPTED : HUB_VDAF_N_VERDICTS;
}

static void end_run(const uint8_t *vdaf_verdict, uint8_t *verdict, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] == HUB_REPORT_OK)
            verdict[i] = error_of(vdaf_verdict[i]);
    }
}

static hub_status make_room(struct hub_worker *worker, const struct hub_vdaf *vdaf, size_t n,
                            size_t outbound_len, struct hub_verification *out, void **workspace)
{
    *out = (struct hub_verification){.n = n, .outbound_len = outbound_len};
    out->states = hub_arena_alloc(&worker->arena, n, hub_vdaf_verify_state_len(vdaf));
    out->outbound = hub_arena_alloc(&worker->arena, n, outbound_len);
    out->out_shares = HUB_ARENA_NEW(&worker->arena, hub_span, n);
    *workspace = hub_arena_alloc(&worker->arena, 1, hub_ping_pong_workspace_len(vdaf, RUN));
    if (out->states == NULL || out->outbound == NULL || out->out_shares == NULL ||
        *workspace == NULL)
        return HUB_E_MEMORY;
    return HUB_OK;
}

static size_t run_len(size_t n, size_t at)
{
    return n - at < RUN ? n - at : RUN;
}

hub_status hub_verify_leader_init(struct hub_worker *worker, const struct hub_party_task *task,
                                  size_t n, const struct hub_verify_in *in, uint8_t *verdict,
                                  struct hub_verification *out)
{
    const struct hub_vdaf *vdaf = task->vdaf;
    const size_t state_len = hub_vdaf_verify_state_len(vdaf);
    uint8_t vdaf_verdict[RUN];
    void *workspace;

    HUB_TRY(make_room(worker, vdaf, n, hub_ping_pong_initialize_len(vdaf), out, &workspace));
    for (size_t at = 0; at < n; at += RUN) {
        const size_t m = run_len(n, at);
        begin_run(vdaf_verdict, verdict + at, m);
        hub_ping_pong_leader_init(vdaf, workspace, m, HUB_SPAN_ARRAY(task->secret.verify_key),
                                  HUB_SPAN_ARRAY(task->context), in + at, vdaf_verdict,
                                  out->states + at * state_len,
                                  out->outbound + at * out->outbound_len);
        end_run(vdaf_verdict, verdict + at, m);
    }
    return HUB_OK;
}

hub_status hub_verify_helper_init(struct hub_worker *worker, const struct hub_party_task *task,
                                  size_t n, const struct hub_verify_in *in, const hub_span *inbound,
                                  uint8_t *verdict, struct hub_verification *out)
{
    const struct hub_vdaf *vdaf = task->vdaf;
    const size_t state_len = hub_vdaf_verify_state_len(vdaf);
    uint8_t vdaf_verdict[RUN];
    void *workspace;

    HUB_TRY(make_room(worker, vdaf, n, hub_ping_pong_finish_len(vdaf), out, &workspace));
    for (size_t at = 0; at < n; at += RUN) {
        const size_t m = run_len(n, at);
        begin_run(vdaf_verdict, verdict + at, m);
        hub_ping_pong_helper_init(vdaf, workspace, m, HUB_SPAN_ARRAY(task->secret.verify_key),
                                  HUB_SPAN_ARRAY(task->context), in + at, inbound + at,
                                  vdaf_verdict, out->states + at * state_len,
                                  out->outbound + at * out->outbound_len, out->out_shares + at);
        end_run(vdaf_verdict, verdict + at, m);
    }
    return HUB_OK;
}

void hub_verify_leader_continued(const struct hub_party_task *task, struct hub_verification *v,
                                 const hub_span *inbound, uint8_t *verdict)
{
    const size_t state_len = hub_vdaf_verify_state_len(task->vdaf);
    uint8_t vdaf_verdict[RUN];

    for (size_t at = 0; at < v->n; at += RUN) {
        const size_t m = run_len(v->n, at);
        begin_run(vdaf_verdict, verdict + at, m);
        hub_ping_pong_leader_continued(task->vdaf, m, v->states + at * state_len, inbound + at,
                                       vdaf_verdict, v->out_shares + at);
        end_run(vdaf_verdict, verdict + at, m);
    }
}
