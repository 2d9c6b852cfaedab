/* Extension lists. */
#include "wire/extension.h"

#include "wire/limits.h"

static struct hub_extension read_extension(struct hub_reader *r)
{
    struct hub_extension e;

    e.type = hub_read_u16(r);
    e.data = hub_read_vec16(r, 0);
    return e;
}

void hub_write_extension(struct hub_writer *w, const struct hub_extension *e)
{
    hub_write_u16(w, e->type);
    hub_write_vec16(w, e->data);
}

bool hub_extension_next(hub_span *list, struct hub_extension *out)
{
    struct hub_reader r = hub_reader(*list);

    if (!hub_reader_has_more(&r))
        return false;
    const struct hub_extension e = read_extension(&r);
    if (r.failed)
        return false;
    *list = hub_read_rest(&r);
    *out = e;
    return true;
}

bool hub_extension_find(hub_span list, uint16_t type, hub_span *data)
{
    struct hub_extension e;

    while (hub_extension_next(&list, &e)) {
        if (e.type == type) {
            *data = e.data;
            return true;
        }
    }
    return false;
}

static bool is_known(uint16_t type, const uint16_t *known, size_t n_known)
{
    for (size_t i = 0; i < n_known; i++) {
        if (known[i] == type)
            return true;
    }
    return false;
}

unsigned hub_extensions_faults(hub_span list, const uint16_t *known, size_t n_known)
{
    struct hub_extension e;
    unsigned faults = 0;
    uint32_t least = 0; /* one above the type before */

    while (hub_extension_next(&list, &e)) {
        if (e.type < least)
            faults |= HUB_EXTENSIONS_UNSORTED;
        if (!is_known(e.type, known, n_known))
            faults |= HUB_EXTENSIONS_UNSUPPORTED;
        least = (uint32_t)e.type + 1;
    }
    return faults;
}

bool hub_extensions_share_type(hub_span a, hub_span b)
{
    struct hub_extension e;
    hub_span ignored;

    /* quadratic in lists that hold some thousand items at most; most hold none */
    while (b.len != 0 && hub_extension_next(&a, &e)) {
        if (hub_extension_find(b, e.type, &ignored))
            return true;
    }
    return false;
}

size_t hub_extensions_unsupported(uint16_t *out, size_t max, hub_span list, const uint16_t *known,
                                  size_t n_known)
{
    struct hub_extension e;
    size_t n = 0;

    while (n < max && hub_extension_next(&list, &e)) {
        if (!is_known(e.type, known, n_known))
            out[n++] = e.type;
    }
    return n;
}

hub_span hub_read_extensions(struct hub_reader *r)
{
    const hub_span list = hub_read_vec16(r, 0);
    struct hub_reader items = hub_reader(list);

    while (hub_reader_has_more(&items))
        (void)read_extension(&items);
    if (items.failed) {
        hub_reader_fail(r);
        return HUB_SPAN_EMPTY;
    }
    return list;
}
