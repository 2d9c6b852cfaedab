/* URLs, over libcurl's URL parser so that what is checked is what is fetched. */
#include "http/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdio.h>
#include <strings.h>

static void clear_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void clear_part(char **part)
{
    curl_free(*part);
}

static hub_status parse(CURLU **out, const char *url)
{
    CURLU *const u = curl_url();

    if (u == NULL)
        return HUB_E_MEMORY;
    if (strlen(url) >= HUB_HTTP_URL_MAX || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK) {
        curl_url_cleanup(u);
        return HUB_E_DECODE;
    }
    *out = u;
    return HUB_OK;
}

hub_status hub_url_join(char out[HUB_HTTP_URL_MAX], const char *base, const char *path)
{
    const size_t n = strlen(base);
    const char *const slash = n != 0 && base[n - 1] == '/' ? "" : "/";
    char joined[HUB_HTTP_URL_MAX];

    const int len =
        snprintf(joined, sizeof(joined), "%s%s%s", base, slash, path[0] == '/' ? path + 1 : path);
    if (len < 0 || (size_t)len >= sizeof(joined))
        return HUB_E_SPACE;
    memcpy(out, joined, (size_t)len + 1);
    return HUB_OK;
}

static bool has_part(CURLU *url, CURLUPart part)
{
    HUB_CLEANUP(clear_part) char *text = NULL;

    return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

static bool has_same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    HUB_CLEANUP(clear_part) char *in_a = NULL;
    HUB_CLEANUP(clear_part) char *in_b = NULL;

    return curl_url_get(a, part, &in_a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
           curl_url_get(b, part, &in_b, CURLU_DEFAULT_PORT) == CURLUE_OK &&
           strcasecmp(in_a, in_b) == 0;
}

hub_status hub_url_resolve(char out[HUB_HTTP_URL_MAX], const char *request_url,
                           const char *location)
{
    HUB_CLEANUP(clear_url) CURLU *from = NULL;
    HUB_CLEANUP(clear_url) CURLU *to = NULL;
    HUB_CLEANUP(clear_part) char *text = NULL;

    HUB_TRY(parse(&from, request_url));
    HUB_TRY(parse(&to, request_url));
    if (location[0] == '\0' || curl_url_set(to, CURLUPART_URL, location, 0) != CURLUE_OK)
        return HUB_E_DECODE;
    if (!has_same_part(from, to, CURLUPART_SCHEME) || !has_same_part(from, to, CURLUPART_HOST) ||
        !has_same_part(from, to, CURLUPART_PORT) || has_part(to, CURLUPART_USER))
        return HUB_E_REFUSED;
    if (curl_url_get(to, CURLUPART_URL, &text, 0) != CURLUE_OK)
        return HUB_E_MEMORY;
    if (strlen(text) >= HUB_HTTP_URL_MAX)
        return HUB_E_SPACE;
    memcpy(out, text, strlen(text) + 1);
    return HUB_OK;
}

static bool is_http(const char *scheme)
{
    return strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0;
}

hub_status hub_url_check_base(const char *base, struct hub_why *why)
{
    HUB_CLEANUP(clear_url) CURLU *url = NULL;
    HUB_CLEANUP(clear_part) char *scheme = NULL;

    if (strstr(base, "://") == NULL || !hub_http_value_is_safe(base) || strchr(base, ' ') != NULL ||
        parse(&url, base) != HUB_OK)
        return hub_why(why, HUB_E_CONFIG, "\"%.200s\" is not a URL", base);
    if (curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK || !is_http(scheme))
        return hub_why(why, HUB_E_CONFIG, "\"%.200s\" is neither http nor https", base);
    if (has_part(url, CURLUPART_USER) || strpbrk(base, "?#") != NULL)
        return hub_why(why, HUB_E_CONFIG, "\"%.200s\" has a user, a query or a fragment", base);
    return HUB_OK;
}

hub_status hub_url_path(char out[HUB_HTTP_URL_MAX], const char *base)
{
    HUB_CLEANUP(clear_url) CURLU *url = NULL;
    HUB_CLEANUP(clear_part) char *path = NULL;

    HUB_TRY(parse(&url, base));
    if (curl_url_get(url, CURLUPART_PATH, &path, 0) != CURLUE_OK)
        return HUB_E_MEMORY;
    if (strlen(path) >= HUB_HTTP_URL_MAX)
        return HUB_E_SPACE;
    memcpy(out, path, strlen(path) + 1);
    return HUB_OK;
}

/* 127.0.0.0/8, ::1 and the name that RFC 6761 keeps for them. */
static bool is_loopback_host(const char *host)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

hub_status hub_url_is_plain_remote(bool *out, const char *url)
{
    HUB_CLEANUP(clear_url) CURLU *u = NULL;
    HUB_CLEANUP(clear_part) char *scheme = NULL;
    HUB_CLEANUP(clear_part) char *host = NULL;

    HUB_TRY(parse(&u, url));
    if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_HOST, &host, 0) != CURLUE_OK || !is_http(scheme))
        return HUB_E_DECODE;
    *out = strcmp(scheme, "https") != 0 && !is_loopback_host(host);
    return HUB_OK;
}
