/* Who reports what: a real total is divided among the devices of a crowd so that their tallies add
 * up to it exactly, always in the same way. Made-up crowds choose by chances that are stated here.
 */
#ifndef SIM_CROWD_H
#define SIM_CROWD_H

#include <stddef.h>
#include <stdint.h>

/* Divides total among n_devices: shares differ from device to device and a little from window to
 * window, are never negative and add up to total. */
void hub_crowd_split(uint64_t *out, size_t n_devices, uint64_t total, uint64_t window);

/* Spreads a yearly total over n_weeks and gives week's part; the parts add up to total. */
uint64_t hub_crowd_week_of_year(uint64_t yearly_total, unsigned week, unsigned n_weeks,
                                uint64_t cell);

enum { HUB_TRAVEL_CELLS = 8 };
extern const char *const hub_travel_labels[HUB_TRAVEL_CELLS];
/* How a device travelled on a day (days since 1970-01-01): a cell. The last cell says "did not
 * travel" and is the neutral answer. */
unsigned hub_crowd_travel(uint64_t device, uint64_t day, uint64_t first_day);

/* Well mixed 64 bits out of two numbers; for made-up data only. */
uint64_t hub_crowd_mix(uint64_t a, uint64_t b);

#endif
