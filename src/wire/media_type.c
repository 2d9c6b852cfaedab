/* Media types of DAP messages, and the grammar of RFC 9110 section 8.3.1 as far as they need it. */
#include "wire/media_type.h"

#include <strings.h>

#define TYPE    "application/ppm-dap"
#define MESSAGE TYPE ";message="

static const char *const media_types[HUB_N_MESSAGES] = {
    [HUB_MESSAGE_HPKE_CONFIG_LIST] = MESSAGE "hpke-config-list",
    [HUB_MESSAGE_UPLOAD_REQ] = MESSAGE "upload-req",
    [HUB_MESSAGE_UPLOAD_ERRORS] = MESSAGE "upload-errors",
    [HUB_MESSAGE_AGGREGATION_JOB_INIT_REQ] = MESSAGE "aggregation-job-init-req",
    [HUB_MESSAGE_AGGREGATION_JOB_RESP] = MESSAGE "aggregation-job-resp",
    [HUB_MESSAGE_AGGREGATION_JOB_CONTINUE_REQ] = MESSAGE "aggregation-job-continue-req",
    [HUB_MESSAGE_AGGREGATE_SHARE_REQ] = MESSAGE "aggregate-share-req",
    [HUB_MESSAGE_AGGREGATE_SHARE] = MESSAGE "aggregate-share",
    [HUB_MESSAGE_COLLECTION_JOB_REQ] = MESSAGE "collection-job-req",
    [HUB_MESSAGE_COLLECTION_JOB_RESP] = MESSAGE "collection-job-resp",
};

const char *hub_media_type(enum hub_message m)
{
    return media_types[m];
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* One parameter of the list after the type; value is without its quotes. */
struct parameter {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
};

/* Reads one parameter from *at; false at the end and at what is none. A quoted value with a
 * backslash in it is none either: no DAP parameter has one. */
static bool next_parameter(const char **at, struct parameter *p)
{
    const char *s = skip_blanks(*at);

    if (*s != ';')
        return false;
    p->name = skip_blanks(s + 1);
    p->name_len = strcspn(p->name, "= \t;\"");
    s = p->name + p->name_len;
    if (p->name_len == 0 || *s != '=')
        return false;
    const bool quoted = s[1] == '"';
    p->value = s + (quoted ? 2 : 1);
    p->value_len = strcspn(p->value, quoted ? "\"\\" : " \t;\"");
    s = p->value + p->value_len;
    if (quoted && *s++ != '"')
        return false;
    *at = s;
    return true;
}

bool hub_media_type_is(const char *header_value, enum hub_message m)
{
    const char *const wanted = media_types[m] + sizeof(MESSAGE) - 1;
    const char *at = skip_blanks(header_value);
    struct parameter p;
    bool found = false;

    if (strncasecmp(at, TYPE, sizeof(TYPE) - 1) != 0)
        return false;
    at += sizeof(TYPE) - 1;
    while (next_parameter(&at, &p)) {
        if (p.name_len != 7 || strncasecmp(p.name, "message", 7) != 0)
            continue;
        if (found || p.value_len != strlen(wanted) || memcmp(p.value, wanted, p.value_len) != 0)
            return false;
        found = true;
    }
    return found && *skip_blanks(at) == '\0';
}
