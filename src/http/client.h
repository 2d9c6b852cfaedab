/* The client: libcurl behind one door. Redirects are not followed and proxies from the environment
 * not used; what a server says in its headers is told, not obeyed. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "http/types.h"

struct hub_http_client;
struct hub_http_crowd;

struct hub_http_client_config {
    const char *ca_file; /* PEM; NULL or "": the system's */
    bool plain_remote;   /* http:// also to hosts that are not loopback */
    unsigned connect_ms_max;
    unsigned total_ms_max;      /* one request with its response */
    size_t response_bytes_max;  /* a longer body is HUB_E_SPACE */
    unsigned n_connections_max; /* of a crowd, to all hosts together; requests beyond it wait */
};

/* The usual values. */
struct hub_http_client_config hub_http_client_config(void);

/* What is borrowed must live until the response is there. */
struct hub_http_call {
    enum hub_http_method method;
    const char *url;
    const char *content_type; /* NULL: none; so the following */
    const char *accept;
    const char *bearer;                    /* token for "Authorization: Bearer" */
    const char *dap_auth_token;            /* token for "DAP-Auth-Token" */
    hub_span body;                         /* sent with POST, PUT and PATCH, empty or not */
    const struct hub_http_header *headers; /* more of them */
    size_t n_headers;
    unsigned total_ms_max;     /* 0: the client's */
    size_t response_bytes_max; /* 0: the client's */
};

struct hub_http_response {
    unsigned status;
    char content_type[HUB_HTTP_CONTENT_TYPE_MAX]; /* "": none */
    char location[HUB_HTTP_URL_MAX];              /* as sent; hub_url_resolve makes it absolute */
    char etag[128];
    bool has_retry_after;
    uint32_t retry_after_s; /* a date is turned into seconds from the response's own Date */
    uint64_t date_s;        /* the response's own Date, POSIX seconds; 0: none */
    bool has_max_age;
    uint32_t max_age_s; /* of Cache-Control; 0 for no-store and no-cache */
    struct hub_buf body;
};

/* Wipes and frees what the response owns. */
void hub_http_response_clear(struct hub_http_response *r);
static inline bool hub_http_is_success(const struct hub_http_response *r)
{
    return r->status >= 200 && r->status < 300;
}

/* --- one at a time: a worker keeps one, and with it its connections --- */

HUB_MUST_USE hub_status hub_http_client_new(struct hub_http_client **out,
                                            const struct hub_http_client_config *config);
/* Sends and waits. HUB_OK with any status code. HUB_E_NETWORK: no connection, time is up, broken
 * off: try again later; HUB_E_SPACE: the response is too long; HUB_E_ARGUMENT: the URL or a header
 * is none; HUB_E_REFUSED: plain HTTP to a remote host; HUB_E_VERIFY: the certificate does not hold;
 * HUB_E_CONFIG: the CA file can't be used. out is replaced; why may be NULL. Not for two threads
 * at once. */
HUB_MUST_USE hub_status hub_http_fetch(struct hub_http_client *c, struct hub_http_response *out,
                                       const struct hub_http_call *call, struct hub_why *why);
void hub_http_client_free(struct hub_http_client *c); /* takes NULL */

/* --- crowds: thousands of requests over few connections, one thread --- */

/* status as of hub_http_fetch; response is the callee's to read until it returns, and empty unless
 * status is HUB_OK. May submit more. */
typedef void (*hub_http_done)(void *self, hub_status status, struct hub_http_response *response);

HUB_MUST_USE hub_status hub_http_crowd_new(struct hub_http_crowd **out,
                                           const struct hub_http_client_config *config);
/* Queues a request; the call's struct is copied, what it points to is borrowed until done. What is
 * wrong with the call is told here, and done is then not called. */
HUB_MUST_USE hub_status hub_http_crowd_submit(struct hub_http_crowd *c,
                                              const struct hub_http_call *call, hub_http_done done,
                                              void *self);
/* One turn: starts what may start, waits up to wait_ms for the network, calls done for what has
 * ended. */
HUB_MUST_USE hub_status hub_http_crowd_turn(struct hub_http_crowd *c, unsigned wait_ms);
/* Turns until nothing is queued or under way. */
HUB_MUST_USE hub_status hub_http_crowd_run(struct hub_http_crowd *c);
/* Queued and under way. */
size_t hub_http_crowd_count(const struct hub_http_crowd *c);
/* Ends a turn's wait; the one function that another thread may call. */
void hub_http_crowd_wake(struct hub_http_crowd *c);
/* Requests that have not ended are dropped; their done is called with HUB_E_NETWORK, and what it
 * submits is refused. Takes NULL. */
void hub_http_crowd_free(struct hub_http_crowd *c);

#endif
