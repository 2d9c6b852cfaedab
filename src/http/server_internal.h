/* What server.c, request.c and reply.c share: the server, its connections and their requests.
 *
 * A request is touched by one server thread, by whoever answers it, and at the end of a stop by the
 * stopping thread. Its phase says who may do what; see hub_http_answer. */
#ifndef HTTP_SERVER_INTERNAL_H
#define HTTP_SERVER_INTERNAL_H

#include "http/server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    /* A body that turned out too long is still read for so many bytes, so that the client hears
     * why; then the connection is closed. */
    HUB_HTTP_DISCARD_MAX = 1 << 20,
    /* libmicrohttpd's, for headers, one piece of the body and the response; measured: more is
     * slower */
    HUB_HTTP_CONNECTION_MEMORY = 64 << 10
};

enum hub_http_phase {
    HUB_HTTP_OPEN,      /* the server thread has it, or the handler and the server thread */
    HUB_HTTP_SUSPENDED, /* only the handler has it */
    HUB_HTTP_ANSWERED   /* response is set */
};

/* Guarded by the server's mutex but for deadline_ms. */
struct hub_http_connection {
    struct hub_http_connection *next;
    struct hub_http_connection *previous;
    struct hub_http_server *server;
    struct hub_http_request *request; /* the current one, or NULL */
    int fd;                           /* libmicrohttpd's */
    _Atomic uint64_t deadline_ms;     /* then the socket is shut down; 0: never */
};

struct hub_http_request {
    struct hub_http_server *server; /* not to be touched after an answer that came too late */
    struct hub_http_connection *connection;
    struct MHD_Connection *mhd;

    enum hub_http_method method;
    char *target; /* as sent */
    hub_span path;
    hub_span query;
    char *if_none_match;

    bool has_head;       /* the handler's head was called */
    bool is_handed;      /* the handler's body was called */
    unsigned refusal;    /* status with which we answer instead of the handler, or 0 */
    uint64_t announced;  /* Content-Length, or UINT64_MAX */
    size_t discarded;    /* bytes of a body that is refused */
    size_t charged;      /* part of the server's bodies_bytes */
    struct hub_buf body; /* its max is the limit */
    void *context;
    void (*context_clear)(void *);

    atomic_uint n_refs;     /* the connection's and, once handed over, the handler's */
    atomic_bool is_claimed; /* somebody answers; nobody else may */
    _Atomic enum hub_http_phase phase;
    struct MHD_Response *response; /* NULL with ANSWERED: close the connection */
    unsigned status;
};

struct hub_http_server {
    struct hub_http_server_config config;
    struct hub_http_handler handler;
    struct MHD_Daemon *daemon;
    int listen_fd;
    uint16_t port;
    struct hub_why *why; /* while starting: where libmicrohttpd's complaint goes */

    atomic_bool is_quiescing;   /* answers close their connections */
    atomic_bool is_refusing;    /* nothing is handed over any more */
    atomic_uint n_in_flight;    /* from headers to end of response */
    atomic_uint n_handed;       /* handed over, and their answer not yet delivered */
    atomic_size_t bodies_bytes; /* of bodies being received or handled */

    pthread_mutex_t mutex; /* the list, and each connection's request */
    pthread_cond_t wake;   /* ends the reaper's sleep */
    bool is_ending;
    struct hub_http_connection *connections;
    pthread_t reaper;
};

/* --- request.c: what libmicrohttpd calls --- */

void *hub_http_on_target(void *server, const char *target, struct MHD_Connection *mhd);
enum MHD_Result hub_http_on_access(void *server, struct MHD_Connection *mhd, const char *url,
                                   const char *method, const char *version, const char *upload,
                                   size_t *upload_len, void **request);
void hub_http_on_completed(void *server, struct MHD_Connection *mhd, void **request,
                           enum MHD_RequestTerminationCode code);
void hub_http_request_unref(struct hub_http_request *req);

/* --- reply.c --- */

/* The response of a problem document, or NULL when memory is out. */
struct MHD_Response *hub_http_problem_response(const struct hub_problem *p, uint32_t retry_after_s);
/* Gives the request its answer, if nobody has yet, and wakes its connection; otherwise destroys the
 * response. Says whether the answer counts. */
bool hub_http_answer(struct hub_http_request *req, unsigned status, struct MHD_Response *response);

/* libmicrohttpd takes some bytes without const that it only reads. */
static inline void *hub_http_without_const(const void *bytes)
{
    void *same = NULL;

    memcpy(&same, &bytes, sizeof(same));
    return same;
}

/* --- server.c --- */

void hub_http_deadline_set(struct hub_http_connection *c, unsigned ms); /* 0: none */

/* --- listen.c --- */

/* A bound and listening socket. */
HUB_MUST_USE hub_status hub_http_listen_open(int *fd, uint16_t *port,
                                             const struct hub_http_server_config *config,
                                             struct hub_why *why);

#endif
