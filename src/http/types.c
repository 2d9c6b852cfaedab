/* Methods, status codes and header values as text. */
#include "http/types.h"

#include <strings.h>

static const struct method_name {
    const char *text;
    enum hub_http_method method;
} methods[] = {
    {"GET", HUB_HTTP_GET}, {"HEAD", HUB_HTTP_HEAD},     {"POST", HUB_HTTP_POST},
    {"PUT", HUB_HTTP_PUT}, {"DELETE", HUB_HTTP_DELETE}, {"PATCH", HUB_HTTP_PATCH},
};

static const struct status_name {
    unsigned status;
    const char *text;
} statuses[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
};

const char *hub_http_method_text(enum hub_http_method method)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (methods[i].method == method)
            return methods[i].text;
    }
    return "?";
}

enum hub_http_method hub_http_method_parse(const char *text)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(methods[i].text, text) == 0)
            return methods[i].method;
    }
    return HUB_HTTP_OTHER;
}

const char *hub_http_status_text(unsigned status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].status == status)
            return statuses[i].text;
    }
    return "Status";
}

bool hub_http_value_is_safe(const char *value)
{
    for (const unsigned char *c = (const unsigned char *)value; *c != '\0'; c++) {
        if ((*c < 0x20 && *c != '\t') || *c == 0x7f)
            return false;
    }
    return true;
}

bool hub_http_media_type_is(const char *value, const char *media_type)
{
    if (value == NULL)
        return false;
    value += strspn(value, " \t");
    size_t n = strcspn(value, ";");
    while (n > 0 && (value[n - 1] == ' ' || value[n - 1] == '\t'))
        n--;
    return n == strlen(media_type) && strncasecmp(value, media_type, n) == 0;
}
