/* Reports and their parts (DAP-18 sections 4.4.2, 4.4.3, 4.5.3). */
#ifndef WIRE_REPORT_H
#define WIRE_REPORT_H

#include "wire/types.h"

struct hub_report_metadata {
    uint8_t id[HUB_REPORT_ID_LEN];
    uint64_t time;              /* in units of the task's time precision */
    hub_span public_extensions; /* a list without its length, see wire/extension.h */
};

/* Report: what a client uploads. */
struct hub_report {
    struct hub_report_metadata metadata;
    hub_span public_share;
    struct hub_ciphertext leader_share; /* leader_encrypted_input_share */
    struct hub_ciphertext helper_share;
    hub_span aad_part; /* set by reading: metadata and public share as encoded, the AAD's end */
    hub_span encoded;  /* set by reading: the whole report */
};

/* One item of a list. */
struct hub_report hub_read_report(struct hub_reader *r);
void hub_write_report(struct hub_writer *w, const struct hub_report *report);
/* One report and nothing else. */
HUB_MUST_USE hub_status hub_report_decode(struct hub_report *out, hub_span bytes);
HUB_MUST_USE hub_status hub_report_encode(struct hub_buf *out, const struct hub_report *report);

/* For items that carry report metadata. */
struct hub_report_metadata hub_read_report_metadata(struct hub_reader *r);
void hub_write_report_metadata(struct hub_writer *w, const struct hub_report_metadata *m);

/* PlaintextInputShare. */
struct hub_plaintext_input_share {
    hub_span private_extensions;
    hub_span payload; /* the VDAF's input share; at least one byte */
};
HUB_MUST_USE hub_status hub_plaintext_input_share_decode(struct hub_plaintext_input_share *out,
                                                         hub_span bytes);
HUB_MUST_USE hub_status hub_plaintext_input_share_encode(struct hub_buf *out,
                                                         const struct hub_plaintext_input_share *s);

/* InputShareAad. task_configuration is encoded. Appends. */
HUB_MUST_USE hub_status hub_input_share_aad_encode(struct hub_buf *out,
                                                   const struct hub_task_id *task,
                                                   hub_span task_configuration,
                                                   const struct hub_report_metadata *metadata,
                                                   hub_span public_share);
/* A reader of reports has aad_part in hand: task id || task_configuration || aad_part is the same.
 */

#endif
