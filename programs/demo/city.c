/* Loads the city's series and answers what each device measured. */
#include "demo/city.h"

#include "base/file.h"
#include "sim/crowd.h"

#include <stdio.h>

enum { DATA_BYTES_MAX = 1 << 20, SERVICES_MAX = 64 };

static hub_status load_measure(struct demo_city_measure *cm, const char *folder, bool fast,
                               struct hub_why *why)
{
    const struct demo_measure *const m = cm->m;

    cm->start_s = m->start_s;
    cm->n_windows = m->n_windows;
    if (m->data_file != NULL) {
        char path[512];
        HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(DATA_BYTES_MAX);
        const int n = snprintf(path, sizeof(path), "%s/%s", folder, m->data_file);
        if (n < 0 || (size_t)n >= sizeof(path))
            return hub_why(why, HUB_E_ARGUMENT, "%s: path too long", folder);
        HUB_TRY(hub_file_read(&text, path, why));
        HUB_TRY(hub_city_series_read(&cm->series, path, hub_buf_span(&text), why));
        if (cm->series.n_cells != m->n_cells)
            return hub_why(why, HUB_E_DECODE, "%s: expected %zu cells", path, m->n_cells);
        cm->start_s = cm->series.start_s;
        if (cm->n_windows == 0)
            cm->n_windows = (unsigned)cm->series.n_windows;
    }
    if (fast) {
        cm->first = m->fast_first;
        cm->n_windows = m->fast_windows;
        cm->start_s += (uint64_t)cm->first * m->window_s;
    }
    return HUB_OK;
}

hub_status demo_city_load(struct demo_city *city, const char *folder, bool fast,
                          struct hub_why *why)
{
    *city = (struct demo_city){0};
    for (size_t i = 0; i < DEMO_N_MEASURES; i++) {
        city->measures[i].m = &demo_measures[i];
        const hub_status status = load_measure(&city->measures[i], folder, fast, why);
        if (status != HUB_OK) {
            demo_city_clear(city);
            return status;
        }
    }
    return HUB_OK;
}

void demo_city_clear(struct demo_city *city)
{
    for (size_t i = 0; i < DEMO_N_MEASURES; i++)
        hub_city_series_clear(&city->measures[i].series);
}

/* Three desks an authority: its year is spread over weeks, its week over desks. */
static void library_window(const struct demo_city_measure *cm, unsigned window, uint64_t *out)
{
    const size_t n_cells = cm->m->n_cells;
    const size_t n_authorities = cm->series.n_windows;
    const size_t n_desks = cm->m->n_devices / n_authorities;

    for (size_t a = 0; a < n_authorities; a++) {
        for (size_t c = 0; c < n_cells; c++) {
            uint64_t desks[8];
            const uint64_t week = hub_crowd_week_of_year(hub_city_value(&cm->series, a, c), window,
                                                         cm->m->n_windows, a * n_cells + c);
            hub_crowd_split(desks, n_desks, week, a * 1000 + window);
            for (size_t d = 0; d < n_desks; d++)
                out[(a * n_desks + d) * n_cells + c] = desks[d];
        }
    }
}

static unsigned travel_choice(const struct demo_city_measure *cm, unsigned window, uint64_t device)
{
    const uint64_t first_day = cm->m->start_s / 86400;

    return hub_crowd_travel(device, first_day + cm->first + window, first_day);
}

void demo_city_measure_window(const struct demo_city_measure *cm, unsigned window, uint64_t *out)
{
    const struct demo_measure *const m = cm->m;

    if (m == &demo_measures[DEMO_TRAVEL]) {
        for (size_t d = 0; d < m->n_devices; d++)
            out[d] = travel_choice(cm, window, d);
        return;
    }
    if (m == &demo_measures[DEMO_LIBRARY]) {
        library_window(cm, cm->first + window, out);
        return;
    }
    for (size_t c = 0; c < m->n_cells; c++) {
        uint64_t parts[SERVICES_MAX];
        const unsigned at = cm->first + window;
        hub_crowd_split(parts, m->n_devices, hub_city_value(&cm->series, at, c),
                        at + (uint64_t)c * HUB_CITY_WINDOWS_MAX);
        for (size_t d = 0; d < m->n_devices; d++)
            out[d * m->n_cells + c] = parts[d];
    }
}

void demo_city_truth(const struct demo_city_measure *cm, unsigned window, uint64_t *out)
{
    const struct demo_measure *const m = cm->m;
    uint64_t values[SERVICES_MAX * HUB_CITY_CELLS_MAX] = {0};

    for (size_t c = 0; c < m->n_cells; c++)
        out[c] = 0;
    if (m == &demo_measures[DEMO_TRAVEL]) {
        for (size_t d = 0; d < m->n_devices; d++)
            out[travel_choice(cm, window, d)]++;
        return;
    }
    demo_city_measure_window(cm, window, values);
    for (size_t i = 0; i < m->n_devices * m->n_cells; i++)
        out[i % m->n_cells] += values[i];
}

void demo_city_task_windows(const struct demo_city_measure *cm, unsigned task, unsigned *first,
                            unsigned *n)
{
    const unsigned part = (cm->n_windows + cm->m->n_tasks - 1) / cm->m->n_tasks;

    *first = task * part;
    *n = cm->n_windows - *first < part ? cm->n_windows - *first : part;
}
