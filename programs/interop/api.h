/* The server of the test API (docs/interop.md): POST /internal/test/NAME with a JSON object, always
 * answered by 200 and a JSON object in which "status" tells. Endpoints run on threads of their own,
 * so they may wait. Loopback only. */
#ifndef INTEROP_API_H
#define INTEROP_API_H

#include "base/log.h"
#include "http/server.h"

#include <jansson.h>

enum { INTEROP_FIELDS_MAX = 9 };

struct interop_endpoint {
    const char *name;
    /* Of the reply, in order; each is null unless run sets it. */
    const char *fields[INTEROP_FIELDS_MAX];
    /* NULL: an empty object, whatever was asked. HUB_OK: "status" is "success" unless run has set
     * it; else it is "error", and "error" says why. */
    hub_status (*run)(void *self, const json_t *request, json_t *reply, struct hub_why *why);
};

struct interop_api {
    const struct interop_endpoint *endpoints;
    size_t n_endpoints;
    void *self;
    unsigned n_threads;
    const struct hub_http_handler *other; /* for all other paths; NULL: 404 */
    const struct hub_log *log;
};

struct interop_server;

/* Listens on 127.0.0.1; port 0: any free one. api is borrowed. */
HUB_MUST_USE hub_status interop_server_new(struct interop_server **out,
                                           const struct interop_api *api, uint16_t port,
                                           struct hub_why *why);
uint16_t interop_server_port(const struct interop_server *s);
/* Answers what is under way. Takes NULL. */
void interop_server_free(struct interop_server *s);

#endif
