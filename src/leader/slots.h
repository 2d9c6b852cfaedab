/* One report a window for each registered service: privacy is promised for one report a window, and
 * the floor of a batch counts services. A service's report takes its slot when it is stored; while
 * that report waits or is counted, another one of the service for the window is refused. If it is
 * rejected in aggregation, the slot is free again until the window's grace has passed. Kept in
 * memory, rebuilt at start for the windows that still take uploads. For any thread. */
#ifndef LEADER_SLOTS_H
#define LEADER_SLOTS_H

#include "wire/types.h"

struct hub_slots;

HUB_MUST_USE hub_status hub_slots_new(struct hub_slots **out, size_t n_services);
void hub_slots_free(struct hub_slots *slots); /* takes NULL */

enum hub_slot {
    HUB_SLOT_CLAIMED, /* it was free and is this report's now */
    HUB_SLOT_SAME,    /* it is this report's since before */
    HUB_SLOT_COUNTED, /* a report of before the last start, already counted, has it */
    HUB_SLOT_OTHER    /* another report has it */
};

/* HUB_E_MEMORY: nothing was claimed. */
HUB_MUST_USE hub_status hub_slots_claim(struct hub_slots *slots, enum hub_slot *out,
                                        uint64_t window, size_t service,
                                        const uint8_t id[HUB_REPORT_ID_LEN]);
/* Marks a service as counted in the window, by a report whose id is not known any more. */
HUB_MUST_USE hub_status hub_slots_mark(struct hub_slots *slots, uint64_t window, size_t service);
/* Frees the slot if this report has it. */
void hub_slots_release(struct hub_slots *slots, uint64_t window, size_t service,
                       const uint8_t id[HUB_REPORT_ID_LEN]);
/* The windows take no uploads any more. */
void hub_slots_forget(struct hub_slots *slots, uint64_t first, uint64_t last);
size_t hub_slots_windows(struct hub_slots *slots);

#endif
