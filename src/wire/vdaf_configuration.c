/* VDAF identifiers and configurations: one reader and one writer a type. */
#include "wire/vdaf_configuration.h"

#include "wire/limits.h"
#include "wire/vector_internal.h"

const char *hub_vdaf_type_name(uint32_t type)
{
    switch (type) {
    case HUB_VDAF_TYPE_PRIO3_COUNT:
        return "Prio3Count";
    case HUB_VDAF_TYPE_PRIO3_SUM:
        return "Prio3Sum";
    case HUB_VDAF_TYPE_PRIO3_SUMVEC:
        return "Prio3SumVec";
    case HUB_VDAF_TYPE_PRIO3_HISTOGRAM:
        return "Prio3Histogram";
    case HUB_VDAF_TYPE_PRIO3_MULTIHOT:
        return "Prio3MultihotCountVec";
    case HUB_VDAF_TYPE_POPLAR1:
        return "Poplar1";
    default:
        return NULL;
    }
}

static void read_parameters(struct hub_reader *r, struct hub_vdaf_configuration *c)
{
    switch (c->type) {
    case HUB_VDAF_TYPE_PRIO3_COUNT:
        break;
    case HUB_VDAF_TYPE_PRIO3_SUM:
        c->max_measurement = hub_read_u64(r);
        break;
    case HUB_VDAF_TYPE_PRIO3_SUMVEC:
        c->length = hub_read_u32(r);
        c->max_measurement = hub_read_u64(r);
        c->chunk_length = hub_read_u32(r);
        break;
    case HUB_VDAF_TYPE_PRIO3_HISTOGRAM:
        c->length = hub_read_u32(r);
        c->chunk_length = hub_read_u32(r);
        break;
    case HUB_VDAF_TYPE_PRIO3_MULTIHOT:
        c->length = hub_read_u32(r);
        c->chunk_length = hub_read_u32(r);
        c->max_weight = hub_read_u64(r);
        break;
    case HUB_VDAF_TYPE_POPLAR1:
        c->bits = hub_read_u16(r);
        break;
    default:
        hub_reader_fail(r);
    }
}

struct hub_vdaf_configuration hub_read_vdaf_configuration(struct hub_reader *r)
{
    struct hub_vdaf_configuration c = {.type = hub_read_u32(r)};
    struct hub_reader parameters =
        hub_reader(hub_read_limited16(r, 0, HUB_WIRE_VDAF_CONFIGURATION_MAX));

    read_parameters(&parameters, &c);
    if (hub_reader_finish(&parameters) != HUB_OK)
        hub_reader_fail(r);
    return c;
}

void hub_write_vdaf_configuration(struct hub_writer *w, const struct hub_vdaf_configuration *c)
{
    hub_write_u32(w, c->type);
    const size_t at = hub_write_vec_begin(w, 2);
    switch (c->type) {
    case HUB_VDAF_TYPE_PRIO3_COUNT:
        break;
    case HUB_VDAF_TYPE_PRIO3_SUM:
        hub_write_u64(w, c->max_measurement);
        break;
    case HUB_VDAF_TYPE_PRIO3_SUMVEC:
        hub_write_u32(w, c->length);
        hub_write_u64(w, c->max_measurement);
        hub_write_u32(w, c->chunk_length);
        break;
    case HUB_VDAF_TYPE_PRIO3_HISTOGRAM:
        hub_write_u32(w, c->length);
        hub_write_u32(w, c->chunk_length);
        break;
    case HUB_VDAF_TYPE_PRIO3_MULTIHOT:
        hub_write_u32(w, c->length);
        hub_write_u32(w, c->chunk_length);
        hub_write_u64(w, c->max_weight);
        break;
    case HUB_VDAF_TYPE_POPLAR1:
        hub_write_u16(w, c->bits);
        break;
    default:
        if (w->status == HUB_OK)
            w->status = HUB_E_ARGUMENT;
    }
    hub_write_vec_end(w, at, 2);
}
