/* One client a thread; its connections stay open between jobs. */
#include "leader/peer_http.h"

#include "aggregator/tokens.h"

#include "http/problem.h"
#include "http/url.h"

#include <stdio.h>
#include <stdlib.h>

struct peer {
    struct hub_http_client_config config;
    const struct hub_log *log;
};

struct connection {
    struct hub_http_client *client;
    const struct hub_log *log;
};

static void close_connection(void *self)
{
    struct connection *c = self;

    if (c == NULL)
        return;
    hub_http_client_free(c->client);
    free(c);
}

static hub_status open_connection(void *self, void **out)
{
    struct peer *peer = self;
    struct connection *c = calloc(1, sizeof(*c));

    if (c == NULL)
        return HUB_E_MEMORY;
    c->log = peer->log;
    hub_status status = hub_http_client_new(&c->client, &peer->config);
    if (status != HUB_OK) {
        close_connection(c);
        return status;
    }
    *out = c;
    return HUB_OK;
}

static enum hub_http_method method_of(enum hub_call_method method)
{
    switch (method) {
    case HUB_CALL_GET:
        return HUB_HTTP_GET;
    case HUB_CALL_DELETE:
        return HUB_HTTP_DELETE;
    case HUB_CALL_POST:
    case HUB_CALL_OTHER:
        break;
    }
    return HUB_HTTP_POST;
}

static hub_status find_url(char url[HUB_HTTP_URL_MAX], const struct hub_peer_request *request)
{
    char base[HUB_HTTP_URL_MAX];

    if (!request->is_location)
        return hub_url_join(url, request->task->task->helper_url, request->path + 1);
    HUB_TRY(hub_url_join(base, request->task->task->helper_url, request->base_path + 1));
    return hub_url_resolve(url, base, request->path);
}

static void read_problem(struct hub_peer_reply *reply)
{
    struct hub_problem problem;

    reply->problem = HUB_PROBLEM_NONE;
    if (reply->status >= 400 && hub_problem_parse(&problem, hub_buf_span(&reply->body)) == HUB_OK)
        reply->problem = hub_problem_from_urn(hub_span_text(problem.type));
}

static hub_status exchange(void *connection, const struct hub_peer_request *request,
                           struct hub_peer_reply *reply)
{
    struct connection *c = connection;
    char url[HUB_HTTP_URL_MAX];
    char token[HUB_PARTY_TOKEN_MAX + 1];
    struct hub_why why = {0};
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response response = {0};

    HUB_TRY(find_url(url, request));
    hub_tokens_own(request->task->tokens, token);
    const struct hub_http_call call = {
        .method = method_of(request->method),
        .url = url,
        .content_type = request->content_type,
        .bearer = request->task->peer_dap_header ? NULL : token,
        .dap_auth_token = request->task->peer_dap_header ? token : NULL,
        .body = request->body,
    };
    hub_status status = hub_http_fetch(c->client, &response, &call, &why);
    hub_wipe(token, sizeof(token));
    if (status != HUB_OK) {
        hub_log(c->log, HUB_LOG_WARN, "helper.unreachable", "task=%s why=\"%s\"",
                request->task->label, why.text[0] == '\0' ? hub_status_text(status) : why.text);
        return status;
    }
    *reply = (struct hub_peer_reply){
        .status = response.status,
        .retry_after_s = response.has_retry_after ? response.retry_after_s : 0,
    };
    (void)snprintf(reply->content_type, sizeof(reply->content_type), "%s", response.content_type);
    if (strlen(response.location) < sizeof(reply->location))
        (void)snprintf(reply->location, sizeof(reply->location), "%.*s",
                       (int)sizeof(reply->location) - 1, response.location);
    hub_buf_move(&reply->body, &response.body);
    read_problem(reply);
    return HUB_OK;
}

hub_status hub_peer_http_new(struct hub_peer *out, const struct hub_http_client_config *config,
                             const struct hub_log *log)
{
    struct peer *peer = calloc(1, sizeof(*peer));

    if (peer == NULL)
        return HUB_E_MEMORY;
    peer->config = *config;
    peer->log = log;
    *out = (struct hub_peer){peer, open_connection, close_connection, exchange};
    return HUB_OK;
}

void hub_peer_http_free(struct hub_peer *peer)
{
    free(peer->self);
    *peer = (struct hub_peer){0};
}
