/* Reports in bulk. */
#include "sim/maker.h"

#include <stdlib.h>

enum { PARCEL_BYTES_MAX = 8 << 20, GARBAGE_LEN = 200, FUTURE_WINDOWS = 3 };

struct hub_maker {
    const struct hub_task *task;
    const struct hub_vdaf *vdaf;
    struct hub_hpke_sender *leader;
    struct hub_hpke_sender *helper;
    struct hub_rng rng;
};

const char *hub_parcel_kind_text(enum hub_parcel_kind kind)
{
    static const char *const texts[HUB_N_PARCEL_KINDS] = {
        [HUB_PARCEL_GOOD] = "good",
        [HUB_PARCEL_BAD_PROOF] = "invalid proof",
        [HUB_PARCEL_BAD_SEAL] = "tampered ciphertext",
        [HUB_PARCEL_FUTURE] = "from the future",
        [HUB_PARCEL_REPLAY] = "replayed",
        [HUB_PARCEL_GARBAGE] = "garbage",
    };
    return (unsigned)kind < HUB_N_PARCEL_KINDS ? texts[kind] : "unknown";
}

void hub_parcel_clear(struct hub_parcel *p)
{
    hub_buf_clear(&p->body);
    *p = (struct hub_parcel){.kind = p->kind};
}

void hub_maker_free(struct hub_maker *m)
{
    if (m == NULL)
        return;
    hub_hpke_sender_free(m->leader);
    hub_hpke_sender_free(m->helper);
    free(m);
}

void hub_maker_free_at(struct hub_maker **m)
{
    hub_maker_free(*m);
    *m = NULL;
}

hub_status hub_maker_new(struct hub_maker **out, const struct hub_task *task,
                         const struct hub_vdaf *vdaf, const struct hub_hpke_config *leader,
                         const struct hub_hpke_config *helper, const struct hub_rng *rng)
{
    HUB_CLEANUP(hub_maker_free_at) struct hub_maker *m = calloc(1, sizeof(*m));

    if (m == NULL)
        return HUB_E_MEMORY;
    m->task = task;
    m->vdaf = vdaf;
    m->rng = *rng;
    HUB_TRY(hub_hpke_sender_new(&m->leader, leader));
    HUB_TRY(hub_hpke_sender_new(&m->helper, helper));
    *out = m;
    m = NULL;
    return HUB_OK;
}

static hub_status add_garbage(struct hub_maker *m, struct hub_parcel *p)
{
    uint8_t bytes[GARBAGE_LEN];

    HUB_TRY(hub_rng_fill(&m->rng, bytes, sizeof(bytes)));
    memset(bytes + HUB_REPORT_ID_LEN + 8, 0xff, 8); /* lengths that no decoder can take */
    return hub_buf_append(&p->body, HUB_SPAN_ARRAY(bytes));
}

hub_status hub_maker_add(struct hub_maker *m, struct hub_parcel *p, uint64_t window,
                         const struct hub_measurement *measurement)
{
    HUB_CLEANUP(hub_device_report_wipe) struct hub_device_report report = {0};

    p->body.max = PARCEL_BYTES_MAX;
    p->n_reports++;
    if (p->kind == HUB_PARCEL_GARBAGE)
        return add_garbage(m, p);
    if (p->kind == HUB_PARCEL_FUTURE)
        window += FUTURE_WINDOWS;
    HUB_TRY(hub_device_report_shard(&report, &m->task->id, m->vdaf, window, measurement, &m->rng));
    if (p->kind == HUB_PARCEL_BAD_PROOF)
        report.input_share[0].ptr[0] ^= 1;
    HUB_TRY(hub_device_report_seal(&p->body, &report, &m->task->id,
                                   hub_buf_span(&m->task->configuration), m->leader, m->helper,
                                   &m->rng));
    if (p->kind == HUB_PARCEL_BAD_SEAL)
        p->body.ptr[p->body.len - 1] ^= 1; /* the helper's ciphertext stands last */
    return HUB_OK;
}
