/* Paths against templates, segment by segment. */
#include "http/router.h"

#include <stdio.h>

/* Takes the next segment, with the slash before it, off the path. */
static hub_span next_segment(hub_span *path)
{
    const hub_span rest = hub_span_slice(*path, 1, path->len - 1);
    const uint8_t *const slash = rest.len == 0 ? NULL : memchr(rest.ptr, '/', rest.len);
    const size_t n = slash == NULL ? rest.len : (size_t)(slash - rest.ptr);

    *path = hub_span_slice(rest, n, rest.len - n);
    return hub_span_slice(rest, 0, n);
}

static bool is_param(hub_span segment)
{
    return segment.len > 2 && segment.ptr[0] == '{';
}

static bool matches(struct hub_route_match *match, const char *template, hub_span path)
{
    hub_span want = hub_span_text(template);

    match->n_params = 0;
    while (want.len != 0 && path.len != 0) {
        const hub_span w = next_segment(&want);
        const hub_span p = next_segment(&path);

        if (!is_param(w)) {
            if (!hub_span_equal_var(w, p))
                return false;
        } else if (p.len == 0 || match->n_params == HUB_ROUTE_PARAMS_MAX) {
            return false;
        } else {
            match->params[match->n_params++] = p;
        }
    }
    return want.len == 0 && path.len == 0;
}

static hub_status take_prefix(hub_span *path, const char *prefix)
{
    size_t n = strlen(prefix);

    if (n != 0 && prefix[n - 1] == '/')
        n--;
    if (path->len <= n || (n != 0 && memcmp(path->ptr, prefix, n) != 0) || path->ptr[n] != '/')
        return HUB_E_NOT_FOUND;
    *path = hub_span_slice(*path, n, path->len - n);
    return HUB_OK;
}

hub_status hub_route_find(struct hub_route_match *match, const struct hub_route *routes,
                          size_t n_routes, const char *prefix, enum hub_http_method method,
                          hub_span path)
{
    struct hub_route_match found = {0};

    HUB_TRY(take_prefix(&path, prefix));
    for (size_t i = 0; i < n_routes; i++) {
        struct hub_route_match m = {.route = &routes[i]};
        unsigned methods = routes[i].methods;

        if ((methods & HUB_HTTP_GET) != 0)
            methods |= HUB_HTTP_HEAD;
        if (!matches(&m, routes[i].template, path))
            continue;
        m.allowed = found.allowed | methods;
        if (found.route == NULL && (methods & method) != 0)
            found = m;
        found.allowed = m.allowed;
    }
    if (found.allowed == 0)
        return HUB_E_NOT_FOUND;
    *match = found;
    return found.route == NULL ? HUB_E_REFUSED : HUB_OK;
}

void hub_route_allow(char out[64], unsigned methods)
{
    size_t n = 0;

    out[0] = '\0';
    for (unsigned bit = HUB_HTTP_GET; bit < HUB_HTTP_OTHER; bit <<= 1) {
        if ((methods & bit) == 0)
            continue;
        const int added = snprintf(out + n, 64 - n, "%s%s", n == 0 ? "" : ", ",
                                   hub_http_method_text((enum hub_http_method)bit));
        n += (size_t)added; /* all six names take 35 characters */
    }
}
