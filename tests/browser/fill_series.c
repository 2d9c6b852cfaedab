/* Fills a series database as a finished demonstration would: the series of data/ with discrete
 * Gaussian noise of two operators, a chain with a seam, gaps, a measure of parts, a made-up one.
 * For tests and pictures of the pages; seeds are fixed, so that pictures can be compared.
 *
 *   fill_series DATABASE DATA_FOLDER TRUTH.csv STORY.ini */
#include "base/file.h"
#include "base/text.h"
#include "noise/discrete.h"
#include "series/series.h"
#include "sim/city_series.h"
#include "statement/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DAY = 86400,
    CELLS_MAX = 8,
    DATA_BYTES_MAX = 4 << 20,
    TASK_DAYS = 300,
    TRAVEL_DEVICES = 2000
};

struct plan {
    const char *name;
    const char *title;
    const char *counted;
    const char *purpose;
    const char *note;
    const char *source;
    const char *licence;
    const char *file; /* NULL: made up */
    const char *labels[CELLS_MAX];
    size_t n_cells;
    struct hub_statement_vdaf vdaf;
    enum hub_privacy_unit unit;
    unsigned rho_log2;
    uint32_t window_s;
    uint64_t n_reports;
    uint64_t start_s; /* where the file has none */
    size_t n_windows;
};

static const struct plan plans[] = {
    {.name = "taxi",
     .title = "Taxi passengers",
     .counted = "passengers",
     .purpose = "To plan night service and taxi ranks by how many people ride",
     .note = "Real half-hourly totals; how they divide among twelve fleets is made up.",
     .source = "New York taxi data, Numenta Anomaly Benchmark",
     .licence = "MIT",
     .file = "taxi.txt",
     .n_cells = 1,
     .vdaf = {.circuit = HUB_CIRCUIT_SUM, .max = 8191},
     .unit = HUB_UNIT_RESIDENT_DAY,
     .rho_log2 = 9,
     .window_s = 1800,
     .n_reports = 12},
    {.name = "footfall-daily",
     .title = "People passing, by day",
     .counted = "people",
     .purpose = "To know how busy the centre is, and when it recovers",
     .note = "Real daily totals; how they divide among twelve counters is made up.",
     .source = "Pedestrian counts, examples of the Prophet project",
     .licence = "MIT",
     .file = "footfall-daily.txt",
     .n_cells = 1,
     .vdaf = {.circuit = HUB_CIRCUIT_SUM, .max = 16383},
     .unit = HUB_UNIT_VISIT,
     .rho_log2 = 11,
     .window_s = DAY,
     .n_reports = 12},
    {.name = "footfall-hourly",
     .title = "People passing at two sites, by hour",
     .counted = "people",
     .purpose = "To see which hours need stewards, and where",
     .note = "Many night hours are below what this noise lets anybody see.",
     .source = "Pedestrian counts, examples of the Prophet project",
     .licence = "MIT",
     .file = "footfall-hourly.txt",
     .labels = {"location 4", "location 41"},
     .n_cells = 2,
     .vdaf = {.circuit = HUB_CIRCUIT_SUMVEC, .length = 2, .max = 2047, .chunk = 5},
     .unit = HUB_UNIT_RESIDENT_DAY,
     .rho_log2 = 9,
     .window_s = 3600,
     .n_reports = 12},
    {.name = "library-bills",
     .title = "Library charges by reason, by week",
     .counted = "bills",
     .purpose = "To see which charges burden readers, and whether a change of rules helps",
     .note = "Yearly totals by reason are real; their spread over weeks and desks is made up.",
     .source = "LibrariesWest open data",
     .licence = "Open Government Licence v3.0",
     .file = "library-bills.txt",
     .labels = {"overdue", "hold", "lost", "charge", "other"},
     .n_cells = 5,
     .vdaf = {.circuit = HUB_CIRCUIT_SUMVEC, .length = 5, .max = 1023, .chunk = 7},
     .unit = HUB_UNIT_VISIT,
     .rho_log2 = 9,
     .window_s = 7 * DAY,
     .n_reports = 21,
     .n_windows = 52},
    {.name = "travel",
     .title = "How people travelled today",
     .counted = "people",
     .purpose = "To plan buses, trams and cycle lanes by how people really travel",
     .note = "Made up altogether: two thousand devices that each answer once a day.",
     .source = "",
     .licence = "",
     .labels = {"on foot", "bicycle", "bus", "tram or metro", "train", "car", "other",
                "did not travel"},
     .n_cells = 8,
     .vdaf = {.circuit = HUB_CIRCUIT_HISTOGRAM, .length = 8, .chunk = 3},
     .unit = HUB_UNIT_DEVICE_DAY,
     .rho_log2 = 9,
     .window_s = DAY,
     .n_reports = TRAVEL_DEVICES,
     .start_s = 1709251200, /* 1 March 2024 */
     .n_windows = 60},
};
enum { N_PLANS = sizeof(plans) / sizeof(plans[0]) };

/* ---- truth ---- */

static void made_up_travel(uint64_t out[CELLS_MAX], size_t window)
{
    static const unsigned parts[CELLS_MAX] = {310, 220, 260, 330, 90, 610, 25, 155};
    unsigned bus_strike = window >= 38 && window < 44 ? 180 : 0;
    bool is_weekend = (window + 4) % 7 >= 5;

    for (size_t c = 0; c < CELLS_MAX; c++)
        out[c] = parts[c] + (window * (c + 3) * 7) % 23;
    out[2] -= bus_strike;
    out[1] += bus_strike / 2;
    out[5] += bus_strike / 2;
    if (is_weekend) {
        out[3] -= 110;
        out[7] += 110;
    }
}

static void truth_of(uint64_t out[CELLS_MAX], const struct plan *plan,
                     const struct hub_city_series *data, size_t window)
{
    if (plan->file == NULL) {
        made_up_travel(out, window);
        return;
    }
    for (size_t c = 0; c < plan->n_cells; c++) {
        out[c] = 0;
        if (plan->n_windows == 0) {
            out[c] = hub_city_value(data, window, c);
            continue;
        }
        /* A yearly total, spread over the weeks with some unevenness. */
        for (size_t row = 0; row < data->n_windows; row++)
            out[c] += hub_city_value(data, row, c);
        uint64_t wave = 80 + (window * (c * 5 + 11)) % 41;
        out[c] = out[c] * wave / (plan->n_windows * 100);
    }
}

/* ---- tasks ---- */

static hub_status write_statement(struct hub_buf *out, struct hub_statement *s,
                                  const struct plan *plan, uint32_t first_day, uint32_t last_day,
                                  unsigned rho_log2, struct hub_why *why)
{
    hub_statement_defaults(s, plan->unit);
    (void)snprintf(s->name, sizeof(s->name), "%s-%" PRIu32, plan->name, first_day);
    (void)snprintf(s->title, sizeof(s->title), "%s", plan->title);
    (void)snprintf(s->purpose, sizeof(s->purpose), "%s", plan->purpose);
    (void)snprintf(s->legal_basis, sizeof(s->legal_basis), "City statistics by-law, section 4");
    (void)snprintf(s->owner, sizeof(s->owner), "Demo city, statistics office");
    (void)snprintf(s->leader.name, sizeof(s->leader.name), "Operator A");
    (void)snprintf(s->leader.url, sizeof(s->leader.url), "http://127.0.0.1:8441/");
    (void)snprintf(s->helper.name, sizeof(s->helper.name), "Operator B");
    (void)snprintf(s->helper.url, sizeof(s->helper.url), "http://127.0.0.1:8442/");
    (void)snprintf(s->collector, sizeof(s->collector), "Demo city");
    (void)snprintf(s->collector_hpke_config, sizeof(s->collector_hpke_config), "%s",
                   "AQAgAAEAAQAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    (void)snprintf(s->population, sizeof(s->population), "%s", plan->name);
    s->vdaf = plan->vdaf;
    s->resident_c = plan->unit == HUB_UNIT_DEVICE_DAY ? 0 : 1;
    s->window_s = plan->window_s;
    s->grace_s = plan->unit == HUB_UNIT_DEVICE_DAY ? DAY : 600;
    s->first_day = first_day;
    s->last_day = last_day;
    s->n_max = 1000000;
    s->clock = HUB_STATEMENT_CLOCK_DEMO;
    HUB_TRY(hub_statement_complete(s, (uint64_t)1 << (40 - rho_log2), why));
    return hub_statement_write(out, s, why);
}

static hub_status put_task(struct hub_series *db, const struct plan *plan, uint32_t first_day,
                           uint32_t last_day, unsigned rho_log2, uint64_t *sigma2,
                           struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
    static struct hub_statement s;
    uint8_t hash[HUB_STATEMENT_HASH_LEN];
    char task_id[HUB_BASE64URL_LEN(HUB_STATEMENT_HASH_LEN) + 1];
    char vdaf[64];

    HUB_TRY(write_statement(&text, &s, plan, first_day, last_day, rho_log2, why));
    HUB_TRY(hub_statement_hash(hash, hub_buf_span(&text)));
    hub_base64url_encode(task_id, HUB_SPAN_ARRAY(hash));
    HUB_TRY(hub_buf_append(&text, hub_span_of("", 1)));
    (void)snprintf(vdaf, sizeof(vdaf), "%s", hub_circuit_name(s.vdaf.circuit));
    struct hub_series_task task = {.name = s.name,
                                   .task_id = task_id,
                                   .statement = (const char *)text.ptr,
                                   .vdaf = vdaf,
                                   .unit = hub_unit_name(s.unit),
                                   .population = s.population,
                                   .profile = hub_profile_name(s.profile),
                                   .leader_name = s.leader.name,
                                   .leader_url = s.leader.url,
                                   .helper_name = s.helper.name,
                                   .helper_url = s.helper.url,
                                   .sigma2 = s.sigma2,
                                   .variance = 2 * s.sigma2,
                                   .rho_day = s.rho_day,
                                   .window_s = s.window_s,
                                   .grace_s = s.grace_s,
                                   .first_s = hub_statement_start_s(&s),
                                   .end_s = hub_statement_end_s(&s),
                                   .min_batch = s.min_batch};
    *sigma2 = s.sigma2;
    return hub_series_put_task(db, plan->name, &task);
}

/* ---- windows ---- */

/* Both operators' noise for one window, a seed for each. */
static hub_status draw(int64_t out[CELLS_MAX], const struct plan *plan, size_t window,
                       uint64_t sigma2)
{
    int64_t noise[CELLS_MAX];
    uint8_t seed[HUB_NOISE_SEED_LEN] = {0};

    memset(out, 0, CELLS_MAX * sizeof(*out));
    (void)snprintf((char *)seed, sizeof(seed) - 1, "%.10s%.20zu", plan->name, window);
    for (uint8_t party = 1; party <= 2; party++) {
        seed[HUB_NOISE_SEED_LEN - 1] = party;
        HUB_TRY(hub_discrete_gaussian(noise, plan->n_cells, sigma2, seed, NULL));
        for (size_t c = 0; c < plan->n_cells; c++)
            out[c] += noise[c];
    }
    return HUB_OK;
}

static bool is_gap(const struct plan *plan, size_t window)
{
    return (strcmp(plan->name, "taxi") == 0 && window >= 5000 && window < 5004) ||
           (strcmp(plan->name, "footfall-daily") == 0 && window >= 700 && window < 716);
}

static hub_status put_window(struct hub_series *db, FILE *truth, const struct plan *plan,
                             const struct hub_city_series *data, size_t window, uint64_t start,
                             uint64_t sigma2)
{
    uint64_t exact[CELLS_MAX];
    int64_t noise[CELLS_MAX];

    truth_of(exact, plan, data, window);
    for (size_t c = 0; c < plan->n_cells; c++)
        (void)fprintf(truth, "%s,%" PRIu64 ",%" PRIu32 ",%zu,%" PRIu64 "\n", plan->name, start,
                      plan->window_s, c, exact[c]);
    if (is_gap(plan, window)) {
        struct hub_series_gap gap = {start, plan->window_s, HUB_GAP_TOO_FEW};
        return hub_series_put_gap(db, plan->name, &gap);
    }
    HUB_TRY(draw(noise, plan, window, sigma2));
    for (size_t c = 0; c < plan->n_cells; c++) {
        struct hub_series_point point = {.start = start,
                                         .length_s = plan->window_s,
                                         .cell = (uint32_t)c,
                                         .total = (int64_t)exact[c] + noise[c],
                                         .variance = 2 * sigma2,
                                         .n = plan->n_reports};
        HUB_TRY(hub_series_put_point(db, plan->name, &point));
    }
    return HUB_OK;
}

static hub_status fill(struct hub_series *db, FILE *truth, const struct plan *plan,
                       const struct hub_city_series *data, uint32_t position, struct hub_why *why)
{
    static const char *const single[1] = {""};
    struct hub_series_measure measure = {.name = plan->name,
                                         .title = plan->title,
                                         .unit = plan->counted,
                                         .time_zone = "UTC",
                                         .note = plan->note,
                                         .source = plan->source,
                                         .licence = plan->licence,
                                         .made_up = plan->file == NULL,
                                         .position = position,
                                         .whole = plan->vdaf.circuit == HUB_CIRCUIT_HISTOGRAM,
                                         .cells = plan->n_cells == 1 ? single : plan->labels,
                                         .n_cells = plan->n_cells};
    uint64_t start = plan->file == NULL ? plan->start_s : data->start_s;
    size_t n_windows = plan->n_windows != 0 ? plan->n_windows : data->n_windows;
    uint64_t end = start + n_windows * plan->window_s;
    uint64_t task_end = 0;
    uint64_t sigma2 = 0;

    HUB_TRY(hub_series_put_measure(db, &measure));
    for (size_t w = 0; w < n_windows; w++) {
        uint64_t at = start + w * plan->window_s;
        if (at >= task_end) {
            uint64_t last = at + (end - at > TASK_DAYS * (uint64_t)DAY && plan->n_cells == 1
                                      ? TASK_DAYS * (uint64_t)DAY
                                      : end - at);
            /* The chain's last task takes a smaller share: its noise is wider, a seam shows. */
            bool is_last = last == end && task_end != 0;
            HUB_TRY(put_task(db, plan, (uint32_t)(at / DAY), (uint32_t)(last / DAY - 1),
                             plan->rho_log2 + (is_last ? 2 : 0), &sigma2, why));
            task_end = last;
        }
        HUB_TRY(put_window(db, truth, plan, data, w, at, sigma2));
    }
    return HUB_OK;
}

static hub_status fill_all(struct hub_series *db, FILE *truth, const char *folder,
                           struct hub_why *why)
{
    for (size_t i = 0; i < N_PLANS; i++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(DATA_BYTES_MAX);
        HUB_CLEANUP(hub_city_series_clear) struct hub_city_series data = {0};
        if (plans[i].file != NULL) {
            char path[4096];
            (void)snprintf(path, sizeof(path), "%s/%s", folder, plans[i].file);
            HUB_TRY(hub_file_read(&text, path, why));
            HUB_TRY(hub_city_series_read(&data, path, hub_buf_span(&text), why));
        }
        HUB_TRY(hub_series_begin(db));
        HUB_TRY(fill(db, truth, &plans[i], &data, (uint32_t)i, why));
        HUB_TRY(hub_series_commit(db));
    }
    return HUB_OK;
}

static hub_status write_story(const char *path, struct hub_why *why)
{
    static const char story[] = "[story]\nreports = 271034\ndevices = 2057\nmeasure = taxi\n"
                                "start = 1414890000\nfirst_name = Operator A\n"
                                "first_holds = 11934872310034988123\nsecond_name = Operator B\n"
                                "second_holds = 6511871763534466987\ntogether = 25110\n"
                                "variance = 24576\nprogress = 0.62\nstep = day 133 of 215\n";

    return hub_file_write(path, hub_span_text(story), 0644, why);
}

int main(int argc, char **argv)
{
    HUB_CLEANUP(hub_series_close_at) struct hub_series *db = NULL;
    struct hub_why why = {""};

    if (argc != 5) {
        (void)fputs("usage: fill_series DATABASE DATA_FOLDER TRUTH.csv STORY.ini\n", stderr);
        return 2;
    }
    FILE *truth = fopen(argv[3], "w");
    if (truth == NULL)
        return EXIT_FAILURE;
    (void)fputs("measure,start,length,cell,total\n", truth);
    hub_status status = hub_series_open(&db, argv[1], HUB_SERIES_WRITE, &why);
    if (status == HUB_OK)
        status = fill_all(db, truth, argv[2], &why);
    if (fclose(truth) != 0 && status == HUB_OK)
        status = HUB_E_IO;
    if (status == HUB_OK)
        status = write_story(argv[4], &why);
    if (status != HUB_OK) {
        (void)fprintf(stderr, "fill_series: %s %s\n", hub_status_text(status), why.text);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
