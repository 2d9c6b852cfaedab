/* HPKE over a batch: one buffer for all plain bytes, one for the associated data, whose beginning
 * (task and configuration) is the same for every report. */
#include "aggregator/open.h"

#include "aggregator/check.h"
#include "wire/domain.h"
#include "wire/report.h"

/* Bytes that the opened shares need together, and the longest associated data. */
static void measure(size_t *plain_len, size_t *aad_max, size_t n,
                    const struct hub_sealed_share *shares, const uint8_t *verdict)
{
    *plain_len = 0;
    *aad_max = 0;
    for (size_t i = 0; i < n; i++) {
        if (verdict[i] != HUB_REPORT_OK)
            continue;
        *plain_len += shares[i].ciphertext.payload.len; /* all are parts of one message in memory */
        if (shares[i].aad_part.len > *aad_max)
            *aad_max = shares[i].aad_part.len;
    }
}

/* The verdict on one share; plain has room for its payload. */
static enum hub_report_error open_one(struct hub_worker *worker, hub_span info, hub_span aad,
                                      const struct hub_sealed_share *share, uint8_t *plain,
                                      hub_span *input_share)
{
    struct hub_hpke_recipient *recipient =
        hub_hpke_keyring_find(&worker->ring, share->ciphertext.config_id);
    struct hub_plaintext_input_share message;

    if (recipient == NULL || share->ciphertext.payload.len < HUB_HPKE_TAG_LEN ||
        hub_hpke_open_to(recipient, plain, info, aad, share->ciphertext.enc,
                         share->ciphertext.payload) != HUB_OK)
        return HUB_REPORT_HPKE_DECRYPT_ERROR;
    hub_span bytes = {plain, share->ciphertext.payload.len - HUB_HPKE_TAG_LEN};
    if (hub_plaintext_input_share_decode(&message, bytes) != HUB_OK ||
        !hub_report_extensions_are_fine(message.private_extensions))
        return HUB_REPORT_INVALID_MESSAGE;
    *input_share = message.payload;
    return HUB_REPORT_OK;
}

hub_status hub_shares_open(struct hub_worker *worker, const struct hub_party_task *task, size_t n,
                           const struct hub_sealed_share *shares, uint8_t *verdict,
                           struct hub_verify_in *out)
{
    uint8_t info[HUB_INPUT_SHARE_INFO_LEN];
    const hub_span head = hub_buf_span(&task->aad_head);
    size_t plain_len;
    size_t aad_max;

    HUB_TRY(hub_party_keys_ring(&worker->party->keys, &worker->ring, &worker->generation));
    hub_input_share_info(info, task->role);
    measure(&plain_len, &aad_max, n, shares, verdict);
    uint8_t *plain = HUB_ARENA_NEW(&worker->arena, uint8_t, plain_len + 1);
    uint8_t *aad = HUB_ARENA_NEW(&worker->arena, uint8_t, head.len + aad_max);
    if (plain == NULL || aad == NULL)
        return HUB_E_MEMORY;
    memcpy(aad, head.ptr, head.len);
    for (size_t i = 0; i < n; i++) {
        const struct hub_sealed_share *share = &shares[i];
        if (verdict[i] != HUB_REPORT_OK)
            continue;
        memcpy(aad + head.len, share->aad_part.ptr, share->aad_part.len);
        out[i].nonce = share->id;
        out[i].public_share = share->public_share;
        verdict[i] = (uint8_t)open_one(worker, HUB_SPAN_ARRAY(info),
                                       (hub_span){aad, head.len + share->aad_part.len}, share,
                                       plain, &out[i].input_share);
        plain += share->ciphertext.payload.len;
    }
    return HUB_OK;
}
