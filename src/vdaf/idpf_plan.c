/* Where the prefixes of an aggregation parameter part from each other, sorted by level once for all
 * reports of a job. */
#include "vdaf/idpf_internal.h"

#include <stdlib.h>

/* The bits that prefix i shares with the one before it. */
static size_t shared_bits(const struct hub_agg_param *p, size_t i)
{
    return hub_prefix_common_bits(hub_agg_param_prefix(p, i - 1), hub_agg_param_prefix(p, i),
                                  (size_t)p->level + 1);
}

/* A counting sort: starts first counts, then tells where each level's run begins, and while runs
 * are filled where it ends. Prefixes differ, so that the number of shared bits is at most level. */
static void sort_splits(struct hub_idpf_plan *plan)
{
    const struct hub_agg_param *p = &plan->param;
    uint32_t *starts = plan->starts;

    for (size_t i = 1; i < p->n_prefixes; i++)
        starts[shared_bits(p, i) + 2]++;
    for (size_t d = 2; d < (size_t)p->level + 3; d++)
        starts[d] += starts[d - 1];
    for (uint32_t i = 1; i < p->n_prefixes; i++)
        plan->splits[starts[shared_bits(p, i) + 1]++] = i;
}

hub_status hub_idpf_plan_new(struct hub_idpf_plan **out, unsigned bits,
                             const struct hub_agg_param *p)
{
    HUB_CLEANUP(hub_idpf_plan_free_cleanup) struct hub_idpf_plan *plan = NULL;

    if (!hub_agg_param_is_valid(p, bits, NULL))
        return HUB_E_ARGUMENT;
    plan = calloc(1, sizeof(*plan));
    if (plan == NULL)
        return HUB_E_MEMORY;
    plan->param = *p;
    plan->bits = bits;
    plan->splits = calloc((size_t)p->n_prefixes + 1, sizeof(*plan->splits));
    plan->starts = calloc((size_t)p->level + 3, sizeof(*plan->starts));
    if (plan->splits == NULL || plan->starts == NULL)
        return HUB_E_MEMORY;
    sort_splits(plan);
    *out = plan;
    plan = NULL;
    return HUB_OK;
}

void hub_idpf_plan_free(struct hub_idpf_plan *plan)
{
    if (plan == NULL)
        return;
    free(plan->splits);
    free(plan->starts);
    free(plan);
}

void hub_idpf_plan_free_cleanup(struct hub_idpf_plan **plan)
{
    hub_idpf_plan_free(*plan);
}

const struct hub_agg_param *hub_idpf_plan_param(const struct hub_idpf_plan *plan)
{
    return &plan->param;
}
