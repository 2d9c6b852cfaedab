/* One doctor for all programs: whose configuration it was given. */
#include "doctor/checks.h"

#include "base/file.h"

#include <string.h>

enum { CONFIG_BYTES_MAX = 4 << 20 };

static hub_status on_pair(void *self, const char *section, const char *key, const char *value,
                          unsigned line, struct hub_why *why)
{
    enum doctor_kind *const kind = self;

    (void)key;
    (void)value;
    (void)line;
    (void)why;
    if (strcmp(section, "collector") == 0 || strncmp(section, "measure ", 8) == 0)
        *kind = DOCTOR_COLLECTOR;
    else if (strcmp(section, "office") == 0)
        *kind = DOCTOR_OFFICE;
    return HUB_OK;
}

enum doctor_kind doctor_kind_of(const char *config)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(CONFIG_BYTES_MAX);
    enum doctor_kind kind = DOCTOR_AGGREGATOR;

    /* What is wrong with the file is found by its own reader. */
    hub_status status = hub_file_read(&text, config, NULL);
    if (status == HUB_OK)
        status = hub_ini_walk(hub_buf_span(&text), config, on_pair, &kind, NULL);
    (void)status;
    return kind;
}
