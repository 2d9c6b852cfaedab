/* One request at a time, on connections that stay open. */
#include "http/transfer_internal.h"

#include <stdlib.h>

struct hub_http_client {
    struct hub_http_client_config config;
    struct hub_http_transfer *transfer;
};

hub_status hub_http_client_new(struct hub_http_client **out,
                               const struct hub_http_client_config *config)
{
    struct hub_http_client *const c = calloc(1, sizeof(*c));

    if (c == NULL)
        return HUB_E_MEMORY;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(c);
        return HUB_E_MEMORY;
    }
    c->config = *config;
    const hub_status status = hub_http_transfer_new(&c->transfer, config);
    if (status != HUB_OK) {
        hub_http_client_free(c);
        return status;
    }
    *out = c;
    return HUB_OK;
}

hub_status hub_http_fetch(struct hub_http_client *c, struct hub_http_response *out,
                          const struct hub_http_call *call, struct hub_why *why)
{
    struct hub_http_transfer *const t = c->transfer;

    HUB_TRY(hub_http_transfer_begin(t, &c->config, call, why));
    HUB_TRY(hub_http_transfer_end(t, curl_easy_perform(t->easy), why));
    hub_http_response_clear(out);
    *out = t->response;
    t->response = (struct hub_http_response){0};
    return HUB_OK;
}

void hub_http_client_free(struct hub_http_client *c)
{
    if (c == NULL)
        return;
    hub_http_transfer_free(c->transfer);
    curl_global_cleanup();
    free(c);
}
