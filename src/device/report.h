/* One report: shard once, seal as often as it takes (DAP-18, "Client Behavior"). A report that is
 * sealed again keeps its id, randomness and shares, so that no leader can obtain two reports for
 * one window. */
#ifndef DEVICE_REPORT_H
#define DEVICE_REPORT_H

#include "base/bytes.h"
#include "base/rng.h"
#include "hpke/hpke.h"
#include "task/task.h"
#include "vdaf/vdaf.h"

/* Secret: anyone who holds both shares knows the measurement. */
struct hub_device_report {
    uint8_t id[16];
    uint64_t time; /* number of the window */
    struct hub_buf public_share;
    struct hub_buf input_share[2]; /* leader's, helper's */
};

/* The VDAF of a task. */
HUB_MUST_USE hub_status hub_device_vdaf_new(struct hub_vdaf **out, const struct hub_task *task);

/* Draws id and randomness and shards. HUB_E_MEASUREMENT. */
HUB_MUST_USE hub_status hub_device_report_shard(struct hub_device_report *out,
                                                const struct hub_task_id *task,
                                                const struct hub_vdaf *vdaf, uint64_t time,
                                                const struct hub_measurement *measurement,
                                                const struct hub_rng *rng);
/* Appends the encoded Report, sealed to these two. */
HUB_MUST_USE hub_status hub_device_report_seal(
    struct hub_buf *out, const struct hub_device_report *report, const struct hub_task_id *task,
    hub_span task_configuration, struct hub_hpke_sender *leader, struct hub_hpke_sender *helper,
    const struct hub_rng *rng);
/* Zeroes and frees. */
void hub_device_report_wipe(struct hub_device_report *report);

/* Picks the first configuration of our suite from an encoded HpkeConfigList. HUB_E_DECODE: no such
 * list; HUB_E_REFUSED: none that we speak. */
HUB_MUST_USE hub_status hub_device_pick_config(struct hub_hpke_config *out, hub_span list);

#endif
