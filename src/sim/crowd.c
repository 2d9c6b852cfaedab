/* Crowds: deterministic, so that every run of the demo shows the same city. */
#include "sim/crowd.h"

enum { WEIGHT_SPREAD = 1000 };

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t hub_crowd_mix(uint64_t a, uint64_t b)
{
    uint64_t z = a * 0x9e3779b97f4a7c15u + b + 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t device_weight(size_t device, uint64_t window)
{
    const uint64_t size =
        500 + hub_crowd_mix(device, 1) % WEIGHT_SPREAD; /* large and small fleets */
    const uint64_t today = 90 + hub_crowd_mix(device, 1000 + window) % 21; /* 90 to 110 per cent */

    return size * today;
}

void hub_crowd_split(uint64_t *out, size_t n_devices, uint64_t total, uint64_t window)
{
    uint64_t sum = 0;
    uint64_t before = 0;
    uint64_t given = 0;

    for (size_t d = 0; d < n_devices; d++)
        sum += device_weight(d, window);
    for (size_t d = 0; d < n_devices; d++) {
        before += device_weight(d, window);
        const uint64_t until = total * before / sum; /* cumulative, so that the parts add up */
        out[d] = until - given;
        given = until;
    }
}

static uint64_t week_weight(unsigned week, uint64_t cell)
{
    return 85 + hub_crowd_mix(week, 77 + cell) % 31;
}

uint64_t hub_crowd_week_of_year(uint64_t yearly_total, unsigned week, unsigned n_weeks,
                                uint64_t cell)
{
    uint64_t before = 0;
    uint64_t sum = week_weight(0, cell);

    for (unsigned w = 1; w < n_weeks; w++)
        sum += week_weight(w, cell);
    for (unsigned w = 0; w < week; w++)
        before += week_weight(w, cell);
    const uint64_t until = before + week_weight(week, cell);
    return yearly_total * until / sum - yearly_total * before / sum;
}

const char *const hub_travel_labels[HUB_TRAVEL_CELLS] = {
    "on foot", "bicycle", "bus", "tram or metro", "train", "car", "other", "did not travel"};

/* Chances out of 1000. */
static const unsigned workday[HUB_TRAVEL_CELLS] = {140, 95, 190, 165, 80, 210, 20, 100};
static const unsigned weekend[HUB_TRAVEL_CELLS] = {210, 90, 90, 95, 50, 215, 30, 220};
/* From the 40th day on, for five days, no bus runs. */
static const unsigned bus_strike[HUB_TRAVEL_CELLS] = {190, 140, 15, 205, 95, 225, 30, 100};

static const unsigned *chances(uint64_t day, uint64_t first_day)
{
    const uint64_t weekday = (day + 3) % 7; /* 0 is Monday: 1970-01-01 was a Thursday */

    if (day >= first_day + 39 && day < first_day + 44)
        return bus_strike;
    return weekday >= 5 ? weekend : workday;
}

unsigned hub_crowd_travel(uint64_t device, uint64_t day, uint64_t first_day)
{
    const unsigned *const p = chances(day, first_day);
    uint64_t draw = hub_crowd_mix(device, 500000 + day) % 1000;

    for (unsigned cell = 0; cell + 1 < HUB_TRAVEL_CELLS; cell++) {
        if (draw < p[cell])
            return cell;
        draw -= p[cell];
    }
    return HUB_TRAVEL_CELLS - 1;
}
