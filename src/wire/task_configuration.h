/* TaskConfiguration (DAP-18 section 4.2): what all parties must agree on; it is part of the AAD of
 * both uses of HPKE. */
#ifndef WIRE_TASK_CONFIGURATION_H
#define WIRE_TASK_CONFIGURATION_H

#include "wire/vdaf_configuration.h"

struct hub_task_configuration {
    hub_span task_info;      /* 1 to 255 bytes */
    hub_span leader_url;     /* ASCII, octet for octet as agreed; 1 to HUB_WIRE_URL_MAX */
    hub_span helper_url;     /* the same */
    uint64_t time_precision; /* seconds, not 0 */
    uint64_t min_batch_size;
    enum hub_batch_mode batch_mode; /* both modes have an empty batch_config */
    struct hub_vdaf_configuration vdaf;
    bool has_task_interval; /* the one task extension that exists */
    struct hub_time_interval task_interval;
};

/* HUB_E_DECODE also for an unknown batch mode, VDAF or extension: a party must not take part in a
 * task that it does not understand whole. Spans are views into bytes. */
HUB_MUST_USE hub_status hub_task_configuration_decode(struct hub_task_configuration *out,
                                                      hub_span bytes);
/* Appends. HUB_E_ARGUMENT for a field that its type cannot hold. */
HUB_MUST_USE hub_status hub_task_configuration_encode(struct hub_buf *out,
                                                      const struct hub_task_configuration *c);

#endif
