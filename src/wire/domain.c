/* Domain separation strings of draft 18. */
#include "wire/domain.h"

#define VERSION         "dap-18"
#define INPUT_SHARE     VERSION " input share"
#define AGGREGATE_SHARE VERSION " aggregate share"

_Static_assert(sizeof(INPUT_SHARE) - 1 + 2 == HUB_INPUT_SHARE_INFO_LEN, "text and two roles");
_Static_assert(sizeof(AGGREGATE_SHARE) - 1 + 2 == HUB_AGGREGATE_SHARE_INFO_LEN,
               "text and two roles");
_Static_assert(sizeof(VERSION) - 1 + HUB_TASK_ID_LEN == HUB_VDAF_CONTEXT_LEN, "text and task id");

static void write_info(uint8_t *out, const char *text, size_t text_len, enum hub_role from,
                       enum hub_role to)
{
    memcpy(out, text, text_len);
    out[text_len] = (uint8_t)from;
    out[text_len + 1] = (uint8_t)to;
}

void hub_input_share_info(uint8_t out[HUB_INPUT_SHARE_INFO_LEN], enum hub_role server)
{
    write_info(out, INPUT_SHARE, sizeof(INPUT_SHARE) - 1, HUB_ROLE_CLIENT, server);
}

void hub_aggregate_share_info(uint8_t out[HUB_AGGREGATE_SHARE_INFO_LEN], enum hub_role server)
{
    write_info(out, AGGREGATE_SHARE, sizeof(AGGREGATE_SHARE) - 1, server, HUB_ROLE_COLLECTOR);
}

void hub_vdaf_context(uint8_t out[HUB_VDAF_CONTEXT_LEN], const struct hub_task_id *task)
{
    memcpy(out, VERSION, sizeof(VERSION) - 1);
    memcpy(out + sizeof(VERSION) - 1, task->bytes, HUB_TASK_ID_LEN);
}
