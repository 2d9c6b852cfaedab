/* Both aggregators' part of a collection, as a test needs it: shares that add up to given totals,
 * sealed to the collector. */
#ifndef TEST_AGGREGATORS_H
#define TEST_AGGREGATORS_H

#include "collector/result.h"
#include "crypto/random.h"
#include "vdaf/agg_share.h"
#include "wire/collection.h"
#include "wire/domain.h"

#include <stdlib.h>

static inline hub_status seal_share(struct hub_hpke_sealed *out, const struct hub_task *task,
                                    const struct hub_hpke_config *to, enum hub_role server,
                                    hub_span request, hub_span share)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf aad = HUB_BUF_INIT(1 << 16);
    const struct hub_rng rng = hub_system_rng();
    uint8_t info[HUB_AGGREGATE_SHARE_INFO_LEN];

    hub_aggregate_share_info(info, server);
    HUB_TRY(hub_aggregate_share_aad_encode(&aad, &task->id, hub_buf_span(&task->configuration),
                                           request));
    out->payload = (struct hub_buf)HUB_BUF_INIT(1 << 16);
    return hub_hpke_seal(out, to, HUB_SPAN_ARRAY(info), hub_buf_span(&aad), share, &rng);
}

/* The CollectionJobResp for these totals; appended. */
static inline hub_status answer_with(struct hub_buf *out, const struct hub_task *task,
                                     const struct hub_vdaf *vdaf, const struct hub_hpke_config *to,
                                     hub_span request, const int64_t *totals, uint64_t n_reports,
                                     struct hub_time_interval interval)
{
    const size_t n = hub_vdaf_output_len(vdaf);
    const size_t len = hub_vdaf_agg_share_len(vdaf);
    uint8_t *const shares = calloc(2, len);
    int64_t *const parts = calloc(2 * n, sizeof(*parts));
    struct hub_hpke_sealed sealed[2] = {{.config_id = 0}};
    hub_status status = shares == NULL || parts == NULL ? HUB_E_MEMORY : HUB_OK;

    for (unsigned i = 0; status == HUB_OK && i < 2; i++) {
        for (size_t k = 0; k < n; k++)
            parts[i * n + k] = i == 0 ? 1000003 * (int64_t)(k + 1) : totals[k] - parts[k];
        hub_vdaf_agg_share_init(vdaf, shares + i * len);
        hub_vdaf_agg_share_add_signed(vdaf, shares + i * len, parts + i * n, n);
        status = seal_share(&sealed[i], task, to, i == 0 ? HUB_ROLE_LEADER : HUB_ROLE_HELPER,
                            request, hub_span_of(shares + i * len, len));
    }
    if (status == HUB_OK) {
        const struct hub_collection_job_resp resp = {
            n_reports,
            interval,
            {sealed[0].config_id, HUB_SPAN_ARRAY(sealed[0].enc), hub_buf_span(&sealed[0].payload)},
            {sealed[1].config_id, HUB_SPAN_ARRAY(sealed[1].enc), hub_buf_span(&sealed[1].payload)},
        };
        status = hub_collection_job_resp_encode(out, &resp);
    }
    hub_hpke_sealed_clear(&sealed[0]);
    hub_hpke_sealed_clear(&sealed[1]);
    free(shares);
    free(parts);
    return status;
}

#endif
