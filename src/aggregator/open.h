/* From sealed report shares to input shares, a job at a time (DAP-18, "Input Share Decryption"). */
#ifndef AGGREGATOR_OPEN_H
#define AGGREGATOR_OPEN_H

#include "aggregator/worker.h"

/* One report share as it came, for this aggregator. Views into the message. */
struct hub_sealed_share {
    const uint8_t *id; /* HUB_REPORT_ID_LEN bytes */
    uint64_t time;     /* in windows */
    hub_span public_extensions;
    hub_span public_share;
    hub_span aad_part; /* metadata and public share as encoded */
    struct hub_ciphertext ciphertext;
};

/* Opens those whose verdict (enum hub_report_error) is HUB_REPORT_OK. A share that does not open
 * gets HUB_REPORT_HPKE_DECRYPT_ERROR, one that is no PlaintextInputShare or has an extension
 * HUB_REPORT_INVALID_MESSAGE. out[i] gets nonce, public share and input share; the plain bytes live
 * in the worker's arena. */
HUB_MUST_USE hub_status hub_shares_open(struct hub_worker *worker,
                                        const struct hub_party_task *task, size_t n,
                                        const struct hub_sealed_share *shares, uint8_t *verdict,
                                        struct hub_verify_in *out);

#endif
