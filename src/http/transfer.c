/* A request on a libcurl handle: options in, response out. */
#include "http/transfer_internal.h"

#include "http/auth.h"
#include "http/header.h"
#include "http/url.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { UPLOAD_BUFFER = 256 << 10, HEADERS_BYTES_MAX = 64 << 10 };

struct hub_http_client_config hub_http_client_config(void)
{
    return (struct hub_http_client_config){
        .connect_ms_max = 10000,
        .total_ms_max = 60000,
        .response_bytes_max = 16 << 20,
        .n_connections_max = 16,
    };
}

void hub_http_response_clear(struct hub_http_response *r)
{
    hub_buf_wipe(&r->body);
    *r = (struct hub_http_response){0};
}

/* --- what comes in --- */

static size_t on_body(char *bytes, size_t size, size_t n, void *transfer)
{
    struct hub_http_transfer *const t = transfer;
    const hub_status status = hub_buf_append(&t->response.body, hub_span_of(bytes, size * n));

    if (status == HUB_E_SPACE)
        t->is_too_long = true;
    return status == HUB_OK ? size * n : CURL_WRITEFUNC_ERROR;
}

static void copy_value(char *out, size_t size, const char *value)
{
    if (strlen(value) < size)
        memcpy(out, value, strlen(value) + 1);
}

static void take_header(struct hub_http_transfer *t, const char *name, const char *value)
{
    struct hub_http_response *const r = &t->response;

    if (strcasecmp(name, "Content-Type") == 0)
        copy_value(r->content_type, sizeof(r->content_type), value);
    else if (strcasecmp(name, "Location") == 0)
        copy_value(r->location, sizeof(r->location), value);
    else if (strcasecmp(name, "ETag") == 0)
        copy_value(r->etag, sizeof(r->etag), value);
    else if (strcasecmp(name, "Cache-Control") == 0)
        r->has_max_age = hub_max_age_parse(&r->max_age_s, value) == HUB_OK;
}

/* Some headers are read when all are there: a date in Retry-After counts from Date. */
static void take_late_headers(struct hub_http_transfer *t)
{
    struct curl_header *header = NULL;
    uint64_t date_s = 0;

    if (curl_easy_header(t->easy, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
        hub_http_date_parse(&date_s, header->value) != HUB_OK)
        date_s = 0;
    t->response.date_s = date_s;
    if (curl_easy_header(t->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        t->response.has_retry_after =
            hub_retry_after_parse(&t->response.retry_after_s, header->value, date_s) == HUB_OK;
}

static void take_headers(struct hub_http_transfer *t)
{
    struct curl_header *header = NULL;

    while ((header = curl_easy_nextheader(t->easy, CURLH_HEADER, -1, header)) != NULL)
        take_header(t, header->name, header->value);
    take_late_headers(t);
}

/* --- what goes out --- */

static hub_status check_token(const char *token, struct hub_why *why)
{
    if (token == NULL || hub_auth_token_is_valid(hub_span_text(token)))
        return HUB_OK;
    return hub_why(why, HUB_E_ARGUMENT, "the token has characters that a header can't carry");
}

static hub_status check_value(const char *value, struct hub_why *why)
{
    if (value == NULL || hub_http_value_is_safe(value))
        return HUB_OK;
    return hub_why(why, HUB_E_ARGUMENT, "a header's value has control characters");
}

static hub_status check_headers(const struct hub_http_call *call, struct hub_why *why)
{
    if (call->n_headers > HUB_HTTP_HEADERS_MAX)
        return hub_why(why, HUB_E_ARGUMENT, "too many headers");
    HUB_TRY(check_token(call->bearer, why));
    HUB_TRY(check_token(call->dap_auth_token, why));
    HUB_TRY(check_value(call->content_type, why));
    HUB_TRY(check_value(call->accept, why));
    for (size_t i = 0; i < call->n_headers; i++)
        HUB_TRY(check_value(call->headers[i].value, why));
    return HUB_OK;
}

hub_status hub_http_call_check(const struct hub_http_call *call,
                               const struct hub_http_client_config *config, struct hub_why *why)
{
    bool is_plain_remote = false;

    if (call->url == NULL || hub_url_is_plain_remote(&is_plain_remote, call->url) != HUB_OK)
        return hub_why(why, HUB_E_ARGUMENT, "\"%.200s\" is not a URL",
                       call->url == NULL ? "" : call->url);
    if (is_plain_remote && !config->plain_remote)
        return hub_why(why, HUB_E_REFUSED,
                       "%.200s: plain HTTP goes to this machine only, use https", call->url);
    if (call->method == HUB_HTTP_OTHER)
        return hub_why(why, HUB_E_ARGUMENT, "no such method");
    return check_headers(call, why);
}

/* name: prefix value. Nothing for a NULL value. */
static hub_status add_header(struct hub_http_transfer *t, const char *name, const char *prefix,
                             const char *value)
{
    char line[HUB_HTTP_URL_MAX];

    if (value == NULL)
        return HUB_OK;
    const int n = snprintf(line, sizeof(line), "%s: %s%s", name, prefix, value);
    struct curl_slist *const list =
        n < 0 || (size_t)n >= sizeof(line) ? NULL : curl_slist_append(t->headers, line);
    hub_wipe(line, sizeof(line));
    if (list == NULL)
        return HUB_E_MEMORY;
    t->headers = list;
    return HUB_OK;
}

static hub_status set_headers(struct hub_http_transfer *t, const struct hub_http_call *call)
{
    HUB_TRY(add_header(t, "Authorization", "Bearer ", call->bearer));
    HUB_TRY(add_header(t, HUB_AUTH_HEADER_DAP, "", call->dap_auth_token));
    HUB_TRY(add_header(t, "Accept", "", call->accept));
    /* "Expect:" and an empty "Content-Type:" take away what libcurl would send by itself */
    HUB_TRY(
        add_header(t, "Content-Type", "", call->content_type == NULL ? "" : call->content_type));
    HUB_TRY(add_header(t, "Expect", "", ""));
    for (size_t i = 0; i < call->n_headers; i++)
        HUB_TRY(add_header(t, call->headers[i].name, "", call->headers[i].value));
    return curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK ? HUB_OK
                                                                                 : HUB_E_MEMORY;
}

static CURLcode set_method(CURL *easy, const struct hub_http_call *call)
{
    CURLcode code = curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);

    switch (call->method) {
    case HUB_HTTP_GET:
        return code | curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    case HUB_HTTP_HEAD:
        return code | curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    case HUB_HTTP_DELETE:
        code |= curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
        return code | curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "DELETE");
    case HUB_HTTP_POST:
    case HUB_HTTP_PUT:
    case HUB_HTTP_PATCH:
    case HUB_HTTP_OTHER:
        break;
    }
    code |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
    code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
    code |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                             call->body.len == 0 ? "" : (const char *)call->body.ptr);
    if (call->method != HUB_HTTP_POST)
        code |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, hub_http_method_text(call->method));
    return code;
}

static void empty(struct hub_http_transfer *t)
{
    for (struct curl_slist *h = t->headers; h != NULL; h = h->next)
        hub_wipe(h->data, strlen(h->data));
    curl_slist_free_all(t->headers);
    t->headers = NULL;
    hub_http_response_clear(&t->response);
    t->is_too_long = false;
    t->error[0] = '\0';
}

hub_status hub_http_transfer_begin(struct hub_http_transfer *t,
                                   const struct hub_http_client_config *config,
                                   const struct hub_http_call *call, struct hub_why *why)
{
    const unsigned total_ms = call->total_ms_max == 0 ? config->total_ms_max : call->total_ms_max;

    empty(t);
    HUB_TRY(hub_http_call_check(call, config, why));
    t->response.body.max =
        call->response_bytes_max == 0 ? config->response_bytes_max : call->response_bytes_max;
    HUB_TRY(set_headers(t, call));
    const CURLcode code = set_method(t->easy, call) |
                          curl_easy_setopt(t->easy, CURLOPT_URL, call->url) |
                          curl_easy_setopt(t->easy, CURLOPT_TIMEOUT_MS, (long)total_ms);
    return code == CURLE_OK ? HUB_OK : hub_why(why, HUB_E_MEMORY, "libcurl is out of memory");
}

/* --- the end --- */

static hub_status status_of(const struct hub_http_transfer *t, CURLcode code)
{
    if (t->is_too_long)
        return HUB_E_SPACE;
    if (code == CURLE_OUT_OF_MEMORY)
        return HUB_E_MEMORY;
    if (code == CURLE_URL_MALFORMAT)
        return HUB_E_ARGUMENT;
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR)
        return HUB_E_VERIFY;
    if (code == CURLE_SSL_CACERT_BADFILE)
        return HUB_E_CONFIG;
    return HUB_E_NETWORK;
}

hub_status hub_http_transfer_end(struct hub_http_transfer *t, CURLcode code, struct hub_why *why)
{
    long status = 0;

    if (code != CURLE_OK)
        return hub_why(why, status_of(t, code), "%.250s",
                       t->is_too_long        ? "the response is longer than its limit"
                       : t->error[0] != '\0' ? t->error
                                             : curl_easy_strerror(code));
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->response.status = (unsigned)status;
    take_headers(t);
    return HUB_OK;
}

static hub_status set_up(struct hub_http_transfer *t, const struct hub_http_client_config *config)
{
    CURL *const e = t->easy;
    CURLcode code = curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);

    code |= curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    code |= curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    code |= curl_easy_setopt(e, CURLOPT_PROXY, ""); /* not that of the environment */
    code |= curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    code |= curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long)UPLOAD_BUFFER);
    code |= curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
    code |= curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)config->connect_ms_max);
    code |= curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    code |= curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    code |= curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    code |= curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
    code |= curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    if (config->ca_file != NULL && config->ca_file[0] != '\0')
        code |= curl_easy_setopt(e, CURLOPT_CAINFO, config->ca_file);
    return code == CURLE_OK ? HUB_OK : HUB_E_MEMORY;
}

/* libcurl counts curl_global_init and curl_global_cleanup, from any thread since 7.84. */
hub_status hub_http_transfer_new(struct hub_http_transfer **out,
                                 const struct hub_http_client_config *config)
{
    struct hub_http_transfer *const t = calloc(1, sizeof(*t));

    if (t == NULL)
        return HUB_E_MEMORY;
    t->easy = curl_easy_init();
    if (t->easy == NULL || set_up(t, config) != HUB_OK) {
        hub_http_transfer_free(t);
        return HUB_E_MEMORY;
    }
    *out = t;
    return HUB_OK;
}

void hub_http_transfer_free(struct hub_http_transfer *t)
{
    if (t == NULL)
        return;
    empty(t);
    curl_easy_cleanup(t->easy);
    free(t);
}
