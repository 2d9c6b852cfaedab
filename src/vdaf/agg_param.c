/* Aggregation parameters of Poplar1: encoding and rules. */
#include "vdaf/agg_param.h"

#include "base/reader.h"
#include "base/writer.h"

#include <assert.h>

static size_t bytes_of(size_t bits)
{
    return (bits + 7) / 8;
}

/* The bits of a prefix's last byte that it does not use. */
static uint8_t unused_bits(unsigned level)
{
    unsigned used = (level + 1) % 8;

    return (uint8_t)(used == 0 ? 0 : 0xffU >> used);
}

hub_status hub_agg_param_decode(struct hub_agg_param *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    struct hub_agg_param p = {.level = hub_read_u16(&r), .n_prefixes = hub_read_u32(&r)};

    p.prefix_bytes = bytes_of((size_t)p.level + 1);
    if (p.n_prefixes > r.left / p.prefix_bytes)
        return HUB_E_DECODE;
    p.prefixes = hub_read_span(&r, p.n_prefixes * p.prefix_bytes).ptr;
    HUB_TRY(hub_reader_finish(&r));
    for (size_t i = 0; i < p.n_prefixes; i++) {
        if ((hub_agg_param_prefix(&p, i)[p.prefix_bytes - 1] & unused_bits(p.level)) != 0)
            return HUB_E_DECODE;
    }
    *out = p;
    return HUB_OK;
}

hub_status hub_agg_param_encode(struct hub_buf *out, const struct hub_agg_param *p)
{
    struct hub_writer w = hub_writer(out);

    assert(p->level < HUB_AGG_PARAM_BITS_MAX && p->prefix_bytes == bytes_of((size_t)p->level + 1));
    hub_write_u16(&w, (uint16_t)p->level);
    hub_write_u32(&w, p->n_prefixes);
    hub_write_span(&w, hub_span_of(p->prefixes, p->n_prefixes * p->prefix_bytes));
    return hub_writer_finish(&w);
}

size_t hub_prefix_common_bits(const uint8_t *a, const uint8_t *b, size_t n)
{
    size_t i = 0;

    while (i < bytes_of(n) && a[i] == b[i])
        i++;
    if (i == bytes_of(n))
        return n;
    size_t bit = 8 * i;
    while (hub_prefix_bit(a, bit) == hub_prefix_bit(b, bit))
        bit++;
    return bit < n ? bit : n;
}

/* Both lists are in order, so one pass over both finds each prefix's ancestor. */
static bool continues(const struct hub_agg_param *p, const struct hub_agg_param *previous)
{
    size_t bits = (size_t)previous->level + 1;
    size_t at = 0;

    for (size_t i = 0; i < p->n_prefixes; i++) {
        const uint8_t *prefix = hub_agg_param_prefix(p, i);

        while (at < previous->n_prefixes &&
               hub_prefix_common_bits(hub_agg_param_prefix(previous, at), prefix, bits) < bits)
            at++;
        if (at == previous->n_prefixes)
            return false;
    }
    return true;
}

bool hub_agg_param_is_valid(const struct hub_agg_param *p, unsigned bits,
                            const struct hub_agg_param *previous)
{
    if (p->level >= bits)
        return false;
    for (size_t i = 1; i < p->n_prefixes; i++) {
        if (memcmp(hub_agg_param_prefix(p, i - 1), hub_agg_param_prefix(p, i), p->prefix_bytes) >=
            0)
            return false;
    }
    if (previous == NULL)
        return true;
    return p->level > previous->level && continues(p, previous);
}
