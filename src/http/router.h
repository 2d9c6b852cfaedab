/* Request paths against templates like /tasks/{task}/aggregation_jobs/{job}. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/types.h"

enum { HUB_ROUTE_PARAMS_MAX = 4 };

struct hub_route {
    unsigned methods;     /* bits of enum hub_http_method; GET brings HEAD with it */
    const char *template; /* starts with a slash; {name} stands for one whole segment, not empty */
    int id;               /* for the caller's switch; several routes may share a template */
};

struct hub_route_match {
    const struct hub_route *route;
    unsigned allowed; /* methods of all routes that match the path; for Allow */
    hub_span params[HUB_ROUTE_PARAMS_MAX]; /* in order; views into the path, not percent-decoded */
    size_t n_params;
};

/* The first route that fits. prefix: the path part of the server's base URL ("" or "/api/dap", with
 * or without a slash at the end), taken off first. HUB_E_NOT_FOUND: no template matches the path;
 * HUB_E_REFUSED: one does, but not with this method (405, with match->allowed). */
HUB_MUST_USE hub_status hub_route_find(struct hub_route_match *match,
                                       const struct hub_route *routes, size_t n_routes,
                                       const char *prefix, enum hub_http_method method,
                                       hub_span path);
/* "GET, HEAD, POST" for the Allow header. */
void hub_route_allow(char out[64], unsigned methods);

#endif
