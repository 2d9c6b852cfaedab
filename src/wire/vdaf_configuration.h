/* VDAF identifiers and the encodings of their configurations (DAP-18 appendix "VDAF Configuration
 * Encodings", VDAF-20 section 10). */
#ifndef WIRE_VDAF_CONFIGURATION_H
#define WIRE_VDAF_CONFIGURATION_H

#include "wire/types.h"

enum {
    HUB_VDAF_TYPE_PRIO3_COUNT = 1,
    HUB_VDAF_TYPE_PRIO3_SUM = 2,
    HUB_VDAF_TYPE_PRIO3_SUMVEC = 3,
    HUB_VDAF_TYPE_PRIO3_HISTOGRAM = 4,
    HUB_VDAF_TYPE_PRIO3_MULTIHOT = 5,
    HUB_VDAF_TYPE_POPLAR1 = 6
};

/* Fields that a type does not have are zero. Whether the values make a circuit is asked of vdaf. */
struct hub_vdaf_configuration {
    uint32_t type;
    uint64_t max_measurement; /* Sum, SumVec */
    uint32_t length;          /* SumVec, Histogram, MultihotCountVec */
    uint32_t chunk_length;    /* the same */
    uint64_t max_weight;      /* MultihotCountVec */
    uint16_t bits;            /* Poplar1 */
};

/* "Prio3Histogram" and so on; NULL for a type that is not here. */
const char *hub_vdaf_type_name(uint32_t type);

/* The two fields vdaf_type and vdaf_configuration<0..2^16-1> as they stand in a TaskConfiguration.
 * An unknown type or a configuration of another length fails the reader. */
struct hub_vdaf_configuration hub_read_vdaf_configuration(struct hub_reader *r);
/* HUB_E_ARGUMENT sticks to the writer if the type is unknown. */
void hub_write_vdaf_configuration(struct hub_writer *w, const struct hub_vdaf_configuration *c);

#endif
