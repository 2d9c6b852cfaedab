/* A measure's range, loaded: what its page, its picture and its read-outs are made from. */
#ifndef PAGE_MEASURE_INTERNAL_H
#define PAGE_MEASURE_INTERNAL_H

#include "page/chart.h"
#include "page/office_internal.h"

struct hub_scene {
    uint64_t revision;
    struct hub_measure measure;
    struct hub_view view;
    struct hub_slot **cells; /* of each cell, n_slots slots */
    size_t n_slots;
    struct hub_slot *latest; /* of each cell, the last slot with a figure */
    bool has_latest;
    size_t *order; /* cells by falling latest total */
    size_t n_leading;
    struct hub_expected *expected; /* of a single cell's slots */
    size_t n_expected;
    uint64_t *seams;
    size_t n_seams;
};

/* out must not move afterwards: its view points into it. HUB_E_NOT_FOUND. */
HUB_MUST_USE hub_status hub_scene_load(struct hub_office *o, struct hub_scene *out,
                                       const char *name, hub_span query);
HUB_MUST_USE hub_status hub_scene_chart(struct hub_office *o, struct hub_chart *out,
                                        const struct hub_scene *s, uint32_t cell);

#endif
