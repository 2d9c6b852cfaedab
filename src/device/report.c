/* One report: from a measurement to sealed bytes (DAP-18, "Client Behavior"). */
#include "device/report.h"

#include "wire/domain.h"
#include "wire/hpke_config.h"
#include "wire/limits.h"
#include "wire/report.h"

enum { RAND_MAX_BYTES = 4096 };

hub_status hub_device_vdaf_new(struct hub_vdaf **out, const struct hub_task *task)
{
    const struct hub_vdaf_params params = {
        .kind = (enum hub_vdaf_kind)task->vdaf.type, /* both are the draft's codepoints */
        .max_measurement = task->vdaf.max_measurement,
        .length = task->vdaf.length,
        .chunk_length = task->vdaf.chunk_length,
        .max_weight = task->vdaf.max_weight,
    };
    return hub_vdaf_new(out, &params);
}

hub_status hub_device_report_shard(struct hub_device_report *out, const struct hub_task_id *task,
                                   const struct hub_vdaf *vdaf, uint64_t time,
                                   const struct hub_measurement *measurement,
                                   const struct hub_rng *rng)
{
    HUB_CLEANUP(hub_shares_wipe) struct hub_shares shares = {0};
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf rand = HUB_BUF_INIT(RAND_MAX_BYTES);
    uint8_t ctx[HUB_VDAF_CONTEXT_LEN];
    uint8_t id[HUB_REPORT_ID_LEN];

    HUB_TRY(hub_buf_resize(&rand, hub_vdaf_rand_len(vdaf)));
    HUB_TRY(hub_rng_fill(rng, id, sizeof(id)));
    HUB_TRY(hub_rng_fill(rng, rand.ptr, rand.len));
    hub_vdaf_context(ctx, task);
    HUB_TRY(hub_vdaf_shard(vdaf, &shares, measurement, HUB_SPAN_ARRAY(id), hub_buf_span(&rand),
                           HUB_SPAN_ARRAY(ctx)));
    memcpy(out->id, id, sizeof(id));
    out->time = time;
    hub_buf_move(&out->public_share, &shares.public_share);
    for (unsigned i = 0; i < HUB_VDAF_N_SHARES; i++)
        hub_buf_move(&out->input_share[i], &shares.input_shares[i]);
    return HUB_OK;
}

/* One input share, sealed to one aggregator. enc and payload take the bytes that out views. */
static hub_status seal_share(struct hub_ciphertext *out, uint8_t enc[HUB_HPKE_ENC_LEN],
                             struct hub_buf *payload, struct hub_hpke_sender *sender,
                             enum hub_role server, hub_span share, hub_span aad,
                             const struct hub_rng *rng)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf plain = HUB_BUF_INIT(HUB_WIRE_PAYLOAD_MAX);
    const struct hub_plaintext_input_share input = {HUB_SPAN_EMPTY, share};
    uint8_t info[HUB_INPUT_SHARE_INFO_LEN];

    hub_input_share_info(info, server);
    HUB_TRY(hub_plaintext_input_share_encode(&plain, &input));
    HUB_TRY(hub_buf_resize(payload, plain.len + HUB_HPKE_TAG_LEN));
    HUB_TRY(hub_hpke_sender_seal(sender, enc, payload->ptr, HUB_SPAN_ARRAY(info), aad,
                                 hub_buf_span(&plain), rng));
    *out = (struct hub_ciphertext){hub_hpke_sender_config(sender)->id,
                                   hub_span_of(enc, HUB_HPKE_ENC_LEN), hub_buf_span(payload)};
    return HUB_OK;
}

hub_status hub_device_report_seal(struct hub_buf *out, const struct hub_device_report *report,
                                  const struct hub_task_id *task, hub_span task_configuration,
                                  struct hub_hpke_sender *leader, struct hub_hpke_sender *helper,
                                  const struct hub_rng *rng)
{
    HUB_CLEANUP(hub_buf_clear)
    struct hub_buf aad = HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX + HUB_WIRE_PUBLIC_SHARE_MAX);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf leader_payload = HUB_BUF_INIT(HUB_WIRE_PAYLOAD_MAX);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf helper_payload = HUB_BUF_INIT(HUB_WIRE_PAYLOAD_MAX);
    uint8_t enc[HUB_VDAF_N_SHARES][HUB_HPKE_ENC_LEN];
    struct hub_report sealed = {
        .metadata = {.time = report->time, .public_extensions = HUB_SPAN_EMPTY},
        .public_share = hub_buf_span(&report->public_share)};

    memcpy(sealed.metadata.id, report->id, sizeof(sealed.metadata.id));
    HUB_TRY(hub_input_share_aad_encode(&aad, task, task_configuration, &sealed.metadata,
                                       sealed.public_share));
    HUB_TRY(seal_share(&sealed.leader_share, enc[0], &leader_payload, leader, HUB_ROLE_LEADER,
                       hub_buf_span(&report->input_share[0]), hub_buf_span(&aad), rng));
    HUB_TRY(seal_share(&sealed.helper_share, enc[1], &helper_payload, helper, HUB_ROLE_HELPER,
                       hub_buf_span(&report->input_share[1]), hub_buf_span(&aad), rng));
    return hub_report_encode(out, &sealed);
}

void hub_device_report_wipe(struct hub_device_report *report)
{
    hub_buf_wipe(&report->public_share);
    for (unsigned i = 0; i < HUB_VDAF_N_SHARES; i++)
        hub_buf_wipe(&report->input_share[i]);
    hub_wipe(report->id, sizeof(report->id));
}

hub_status hub_device_pick_config(struct hub_hpke_config *out, hub_span list)
{
    struct hub_hpke_config_view view;
    const hub_status status =
        hub_hpke_config_list_choose(&view, list, HUB_HPKE_KEM_X25519, HUB_HPKE_KDF_SHA256,
                                    HUB_HPKE_AEAD_AES_128_GCM, HUB_HPKE_KEY_LEN);

    if (status != HUB_OK)
        return status == HUB_E_NOT_FOUND ? HUB_E_REFUSED : status;
    out->id = view.id;
    memcpy(out->public_key, view.public_key.ptr, HUB_HPKE_KEY_LEN);
    return HUB_OK;
}
