/* The table of the office's options. */
#include "office_config.h"

#define OPT(field) offsetof(struct office_config, field)
static const struct hub_option options[] = {
    {"office.listen", HUB_OPT_TEXT, OPT(listen), "127.0.0.1:8080", "address and port", 0, 0},
    {"office.series", HUB_OPT_TEXT, OPT(series), NULL, "the series database", 0, 0},
    {"office.title", HUB_OPT_TEXT, OPT(title), "Statistics office", "in the head of each page", 0,
     0},
    {"office.tls_cert", HUB_OPT_TEXT, OPT(tls_cert), "", "certificate chain (PEM)", 0, 0},
    {"office.tls_key", HUB_OPT_TEXT, OPT(tls_key), "", "its key (PEM)", 0, 0},
    {"office.behind_proxy", HUB_OPT_BOOL, OPT(behind_proxy), "no",
     "plain HTTP beyond loopback, behind a proxy that speaks TLS", 0, 0},
    {"office.story", HUB_OPT_TEXT, OPT(story), "", "of a demonstration", 0, 0},
    {"office.truth", HUB_OPT_TEXT, OPT(truth), "", "of a demonstration", 0, 0},
};
enum { N_OPTIONS = sizeof(options) / sizeof(options[0]) };

hub_status office_config_load(struct office_config *out, const char *path, struct hub_why *why)
{
    return hub_options_load(out, options, N_OPTIONS, path, why);
}

size_t office_config_help(char *out, size_t size)
{
    return hub_options_help(out, size, options, N_OPTIONS);
}
