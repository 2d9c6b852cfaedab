/* One request of the client on one libcurl handle; client.c waits for it alone, crowd.c has many.
 */
#ifndef HTTP_TRANSFER_INTERNAL_H
#define HTTP_TRANSFER_INTERNAL_H

#include "http/client.h"

#include <curl/curl.h>

/* The handle is kept from one request to the next, the rest is emptied. */
struct hub_http_transfer {
    CURL *easy;
    struct curl_slist *headers; /* holds tokens */
    struct hub_http_response response;
    uint64_t date_s; /* of the response, 0: unknown */
    bool is_too_long;
    char error[CURL_ERROR_SIZE];
};

/* What each request of one client has in common. */
HUB_MUST_USE hub_status hub_http_transfer_new(struct hub_http_transfer **out,
                                              const struct hub_http_client_config *config);
/* Wipes what the last request left and sets up this one. Errors as of hub_http_fetch. */
HUB_MUST_USE hub_status hub_http_transfer_begin(struct hub_http_transfer *t,
                                                const struct hub_http_client_config *config,
                                                const struct hub_http_call *call,
                                                struct hub_why *why);
/* What libcurl said, as a status; HUB_OK leaves the response in t. */
HUB_MUST_USE hub_status hub_http_transfer_end(struct hub_http_transfer *t, CURLcode code,
                                              struct hub_why *why);
void hub_http_transfer_free(struct hub_http_transfer *t);
/* Errors as of hub_http_fetch that show before anything is sent. */
HUB_MUST_USE hub_status hub_http_call_check(const struct hub_http_call *call,
                                            const struct hub_http_client_config *config,
                                            struct hub_why *why);

#endif
