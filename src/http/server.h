/* The server: libmicrohttpd with epoll, a thread a core, behind one door. A handler is asked twice
 * for each request: when the headers are in, and when the whole body is in. It answers at once or
 * later, from any thread; the connection is suspended in between.
 *
 * A program that serves ignores SIGPIPE. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/log.h"
#include "http/problem.h"
#include "http/types.h"

#include <netinet/in.h>

struct hub_http_server;
struct hub_http_request;

/* The members whose zero has a meaning of its own say so; hub_http_server_config() gives the usual
 * values. */
struct hub_http_server_config {
    const char *address;       /* numeric, IPv4 or IPv6 without brackets */
    uint16_t port;             /* 0: any free one, told by hub_http_server_port */
    const char *tls_cert_file; /* PEM, the chain; NULL or "": plain HTTP */
    const char *tls_key_file;
    bool behind_proxy;  /* plain HTTP also on an address that is not loopback */
    unsigned n_threads; /* 0: one a core */
    unsigned n_connections_max;
    unsigned n_connections_per_address_max; /* 0: no limit, as behind a proxy */
    size_t body_bytes_max;     /* of one request, where the handler states no other limit */
    size_t bodies_bytes_max;   /* of all requests being received or handled: beyond it 503 */
    unsigned idle_ms_max;      /* between two requests, and until the headers are in */
    unsigned receive_ms_max;   /* from the headers to the end of the body */
    unsigned send_ms_max;      /* for the response */
    unsigned stop_ms_max;      /* how long hub_http_server_free waits for requests in flight */
    const struct hub_log *log; /* NULL: silent */
};

struct hub_http_handler {
    void *self;
    /* The headers are in, nothing of the body is. May reply (then body is not called), state the
     * body's limit, hang a context on the request. NULL: nothing to do. Runs on a server thread
     * and must not wait. */
    void (*head)(void *self, struct hub_http_request *req);
    /* The whole request is in and is the handler's from now on: exactly one hub_http_reply must
     * follow, here or later, from this thread or another; before it everything asked of req is
     * valid, after it nothing is. Runs on a server thread and must not wait. */
    void (*body)(void *self, struct hub_http_request *req);
};

struct hub_http_server_config hub_http_server_config(void);

/* "127.0.0.1:8080", "[::1]:8080" or ":8080" (127.0.0.1) to address and port. HUB_E_CONFIG. */
HUB_MUST_USE hub_status hub_http_listen_parse(char address[INET6_ADDRSTRLEN], uint16_t *port,
                                              const char *text, struct hub_why *why);

/* Binds, listens and serves. HUB_E_CONFIG: the address is no address, plain HTTP beyond loopback
 * without behind_proxy, a certificate or key that can't be used; HUB_E_IO: the address is taken or
 * not ours; HUB_E_MEMORY. The handler is copied; its self outlives the server. */
HUB_MUST_USE hub_status hub_http_server_new(struct hub_http_server **out,
                                            const struct hub_http_server_config *config,
                                            const struct hub_http_handler *handler,
                                            struct hub_why *why);
uint16_t hub_http_server_port(const struct hub_http_server *s);
/* Requests between their headers and the end of their response. */
unsigned hub_http_server_in_flight(const struct hub_http_server *s);
/* Takes no new connections; those that are open end with their current request. Returns at once. */
void hub_http_server_quiesce(struct hub_http_server *s);
/* Quiesces, waits up to stop_ms_max until the requests in flight are answered and sent, answers the
 * rest with 503, and frees. A handler that still holds a request may reply to it afterwards: that
 * reply goes nowhere. Takes NULL. */
void hub_http_server_free(struct hub_http_server *s);

/* --- what a request says --- */

enum hub_http_method hub_http_method(const struct hub_http_request *req);
/* As sent, percent signs and all, without the query. */
hub_span hub_http_path(const struct hub_http_request *req);
/* As sent, without the question mark; empty if there is none. See http/query.h. */
hub_span hub_http_query(const struct hub_http_request *req);
/* A header's value or NULL; in head and body only. Content-Type, Authorization and DAP-Auth-Token
 * are there once at most: the server refuses a request that repeats them. */
const char *hub_http_header(const struct hub_http_request *req, const char *name);
/* Empty until body is called. */
hub_span hub_http_body(const struct hub_http_request *req);
/* Takes the body's bytes out of the request, without a copy. */
void hub_http_body_move(struct hub_http_request *req, struct hub_buf *out);
/* In head: a larger body is refused with 413, before it is read if its length is announced. */
void hub_http_body_limit(struct hub_http_request *req, size_t bytes_max);
/* Hangs something on the request; clear (may be NULL) is called when the request ends, replied or
 * not. */
void hub_http_context_set(struct hub_http_request *req, void *context, void (*clear)(void *));
void *hub_http_context(const struct hub_http_request *req);

/* --- the answer --- */

struct hub_http_reply {
    unsigned status;
    const char *content_type; /* NULL: none */
    hub_span body;            /* copied, unless body_is_static */
    bool body_is_static;      /* it outlives the server */
    bool has_retry_after;
    uint32_t retry_after_s;
    const char *location; /* NULL: none; so the following */
    const char *cache_control;
    const char *etag; /* with its quotes; If-None-Match then gets 304 by itself */
    const struct hub_http_header *headers; /* more of them */
    size_t n_headers;
};

/* Answers and gives the request up. Any thread, any time after body was called (or inside head);
 * the client may be gone. Out of memory: the connection is closed. */
void hub_http_reply(struct hub_http_request *req, const struct hub_http_reply *reply);
/* The same with bytes that change owner instead of being copied; body ends empty. */
void hub_http_reply_move(struct hub_http_request *req, const struct hub_http_reply *reply,
                         struct hub_buf *body);
/* status and Content-Type: application/problem+json. */
void hub_http_reply_problem(struct hub_http_request *req, const struct hub_problem *problem);
/* A problem without a type of its own ("about:blank"), for 404, 405, 415, 503, ... detail may be
 * NULL. retry_after_s 0: no Retry-After. */
void hub_http_reply_status(struct hub_http_request *req, unsigned status, const char *detail,
                           uint32_t retry_after_s);

#endif
