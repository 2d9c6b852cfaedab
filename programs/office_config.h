/* The office's configuration file: page/office.h tells what its lines are for. */
#ifndef OFFICE_CONFIG_H
#define OFFICE_CONFIG_H

#include "base/option.h"

struct office_config {
    char listen[HUB_OPTION_TEXT_MAX];
    char series[HUB_OPTION_TEXT_MAX];
    char title[HUB_OPTION_TEXT_MAX];
    char story[HUB_OPTION_TEXT_MAX];
    char truth[HUB_OPTION_TEXT_MAX];
    char tls_cert[HUB_OPTION_TEXT_MAX];
    char tls_key[HUB_OPTION_TEXT_MAX];
    bool behind_proxy;
};

/* HUB_E_CONFIG with the line. */
HUB_MUST_USE hub_status office_config_load(struct office_config *out, const char *path,
                                           struct hub_why *why);
/* One line an option, for --help. */
size_t office_config_help(char *out, size_t size);

#endif
