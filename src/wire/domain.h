/* The strings that keep one use of a key or a VDAF apart from another (DAP-18
 * sections 4.4.2, 4.5.3.3, 4.6.6). */
#ifndef WIRE_DOMAIN_H
#define WIRE_DOMAIN_H

#include "wire/types.h"

enum {
    HUB_INPUT_SHARE_INFO_LEN = 20,     /* "dap-18 input share" || client || server */
    HUB_AGGREGATE_SHARE_INFO_LEN = 24, /* "dap-18 aggregate share" || server || collector */
    HUB_VDAF_CONTEXT_LEN = 6 + HUB_TASK_ID_LEN
};

/* server: HUB_ROLE_LEADER or HUB_ROLE_HELPER. */
void hub_input_share_info(uint8_t out[HUB_INPUT_SHARE_INFO_LEN], enum hub_role server);
void hub_aggregate_share_info(uint8_t out[HUB_AGGREGATE_SHARE_INFO_LEN], enum hub_role server);
/* "dap-18" || task id: ctx of every VDAF operation of the task. */
void hub_vdaf_context(uint8_t out[HUB_VDAF_CONTEXT_LEN], const struct hub_task_id *task);

#endif
