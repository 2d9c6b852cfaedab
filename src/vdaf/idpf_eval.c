/* Walks an aggregator's share of the tree down to the plan's prefixes, level by level (VDAF
 * draft-20, section "The IDPF of BBCGGI21", eval). All nodes of a level go through the cipher
 * together, so that many blocks are in flight. */
#include "base/declassify.h"
#include "vdaf/idpf_internal.h"

#include <assert.h>

enum { KEY = HUB_IDPF_KEY_LEN };

void hub_idpf_extend_c(struct hub_fixed_key *key, const struct hub_idpf_nodes *nodes,
                       const struct hub_idpf_correction *cw)
{
    for (size_t i = 0; i < nodes->n; i++)
        nodes->seeds[KEY * i] ^= nodes->bits[i]; /* block 0 of the stream or block 1 */
    hub_fixed_key_hash(key, nodes->seeds, nodes->seeds, nodes->n);
    for (size_t i = 0; i < nodes->n; i++)
        hub_idpf_correct(nodes->seeds + KEY * i, &nodes->ctrl[i], nodes->bits[i], cw);
}

void hub_idpf_step_c(struct hub_fixed_key *extend_key, struct hub_fixed_key *convert_key,
                     const struct hub_idpf_nodes *nodes, const struct hub_idpf_correction *cw)
{
    hub_idpf_extend_c(extend_key, nodes, cw);
    hub_fixed_key_hash(convert_key, nodes->seeds, nodes->seeds, nodes->n);
}

/* Copies node from of the level above to place to of this one. */
static void move_node(struct hub_idpf *d, size_t to, size_t from)
{
    if (to == from)
        return;
    d->first[to] = d->first[from];
    d->ctrl[to] = d->ctrl[from];
    memcpy(d->seeds + KEY * to, d->seeds + KEY * from, KEY);
}

/* The nodes of a level in place of those of the level above, m of them: from the end, because a
 * node of which both children are wanted becomes two. Each still has its parent's seed. Returns
 * their number. */
static size_t open_level(struct hub_idpf *d, unsigned level, size_t m)
{
    const struct hub_idpf_plan *plan = d->plan;
    const uint32_t *splits = plan->splits + plan->starts[level];
    size_t left = plan->starts[level + 1] - plan->starts[level];
    size_t n = m + left;

    for (size_t from = m, to = n; left != 0; from--) {
        if (splits[left - 1] > d->first[from - 1]) {
            move_node(d, --to, from - 1);
            d->first[to] = splits[--left];
        }
        move_node(d, --to, from - 1);
    }
    for (size_t i = 0; i < n; i++)
        d->bit[i] = (uint8_t)hub_prefix_bit(hub_agg_param_prefix(&plan->param, d->first[i]), level);
    return n;
}

/* value + its correction where ctrl is 1, negated at the helper. */
static void finish_inner(hub_fe64 *value, const hub_fe64 *correction, uint8_t ctrl, unsigned agg_id)
{
    for (unsigned j = 0; j < HUB_IDPF_VALUES; j++) {
        hub_fe64 v = hub_fe64_add(value[j], correction[j] & hub_mask64(ctrl));

        value[j] = agg_id == 0 ? v : hub_fe64_neg(v);
    }
}

/* Block 1 of each node's stream holds its values, unless a word is no element: then more blocks
 * are needed. */
static void read_inner_values(struct hub_idpf *d, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        d->seeds[KEY * i] ^= 1;
    }
    hub_fixed_key_hash(&d->convert_key, d->blocks, d->seeds, n);
    for (size_t i = 0; i < n; i++) {
        d->seeds[KEY * i] ^= 1;
        bool are_elements =
            hub_field64_decode(d->inner + HUB_IDPF_VALUES * i, d->blocks + KEY * i, 2);
        hub_declassify(&are_elements, sizeof(are_elements)); /* chance 2^-31 */
        if (!are_elements) {
            HUB_CLEANUP(hub_fixed_key_stream_wipe) struct hub_fixed_key_stream s;

            hub_fixed_key_stream_init(&s, &d->convert_key, d->seeds + KEY * i, 1);
            hub_fixed_key_next_field64(&s, d->inner + HUB_IDPF_VALUES * i, HUB_IDPF_VALUES);
        }
    }
}

static void end_inner(struct hub_idpf *d, size_t n, unsigned agg_id, const uint8_t *public_share)
{
    const unsigned level = d->plan->param.level;
    const struct hub_idpf_correction cw = hub_idpf_correction_at(public_share, d->bits, level);
    const struct hub_idpf_nodes nodes = {d->seeds, d->ctrl, d->bit, n};
    hub_fe64 correction[HUB_IDPF_VALUES];

    (void)!hub_field64_decode(correction, public_share + hub_idpf_values_at(d->bits, level),
                              HUB_IDPF_VALUES);
    d->kernels.extend(&d->extend_key, &nodes, &cw);
    read_inner_values(d, n);
    for (size_t i = 0; i < n; i++)
        finish_inner(d->inner + HUB_IDPF_VALUES * i, correction, d->ctrl[i], agg_id);
}

hub_status hub_idpf_eval(struct hub_idpf *d, const hub_fe64 **inner, const hub_fe255 **leaf,
                         unsigned agg_id, const uint8_t *public_share,
                         const uint8_t key[HUB_IDPF_KEY_LEN],
                         const uint8_t nonce[HUB_IDPF_NONCE_LEN], hub_span ctx)
{
    const struct hub_idpf_plan *plan = d->plan;
    size_t n = 1;

    assert(plan != NULL && agg_id < 2);
    hub_idpf_start(d, nonce, ctx);
    d->first[0] = 0;
    d->ctrl[0] = (uint8_t)agg_id;
    memcpy(d->seeds, key, KEY);
    if (plan->param.n_prefixes != 0) {
        for (unsigned level = 0; level < plan->param.level; level++) {
            const struct hub_idpf_correction cw =
                hub_idpf_correction_at(public_share, d->bits, level);

            n = open_level(d, level, n);
            const struct hub_idpf_nodes nodes = {d->seeds, d->ctrl, d->bit, n};
            d->kernels.step(&d->extend_key, &d->convert_key, &nodes, &cw);
        }
        n = open_level(d, plan->param.level, n);
        assert(n == plan->param.n_prefixes);
        if (plan->param.level == d->bits - 1)
            hub_idpf_end_leaf(d, n, agg_id, public_share, nonce, ctx);
        else
            end_inner(d, n, agg_id, public_share);
    }
    if (d->extend_key.has_failed || d->convert_key.has_failed)
        return HUB_E_CRYPTO;
    *inner = d->inner;
    *leaf = d->leaf;
    return HUB_OK;
}
