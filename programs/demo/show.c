/* Lines for people. */
#include "demo/show.h"

#include "base/clock.h"
#include "base/file.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROGRESS_EVERY_MS = 200, LINE_MAX_CHARS = 160 };

void demo_show_init(struct demo_show *show)
{
    *show = (struct demo_show){.is_terminal = isatty(STDOUT_FILENO) == 1,
                               .started_ms = hub_monotonic_ms()};
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
}

void demo_show_parties(const struct demo_party *parties, const char *run_folder)
{
    static const char *const databases[DEMO_N_PARTIES] = {
        "its own, sealed", "its own, sealed", "writes series/series.db", "reads series/series.db"};

    (void)printf("\n  %-10s %8s  %-6s %s\n", "party", "process", "port", "database");
    for (int i = 0; i < DEMO_N_PARTIES; i++) {
        char port[8] = "-";
        if (parties[i].port != 0)
            (void)snprintf(port, sizeof(port), "%u", parties[i].port);
        (void)printf("  %-10s %8d  %-6s %s\n", parties[i].name, (int)parties[i].pid, port,
                     databases[i]);
    }
    (void)printf("  %-10s %8d  %-6s %s\n", "simulator", (int)getpid(), "-",
                 "none; it alone knows the truth");
    (void)printf("  everything is under %s\n\n", run_folder);
}

/* "1:02 left", or nothing while nobody knows. */
static void write_left(char *out, size_t size, const struct demo_show *show, double part)
{
    const uint64_t spent_ms = hub_monotonic_ms() - show->started_ms;

    out[0] = '\0';
    if (part < 0.02)
        return;
    const unsigned left_s = (unsigned)((double)spent_ms / part * (1 - part) / 1000);
    (void)snprintf(out, size, "%u:%02u left", left_s / 60, left_s % 60);
}

void demo_show_progress(struct demo_show *show, double part, const char *step, uint64_t n_reports,
                        uint64_t n_known)
{
    const uint64_t now_ms = hub_monotonic_ms();
    const unsigned tenth = (unsigned)(part * 10);
    char line[LINE_MAX_CHARS];
    char left[32];

    if (show->is_terminal ? now_ms - show->shown_ms < PROGRESS_EVERY_MS
                          : tenth == show->shown_tenth)
        return;
    write_left(left, sizeof(left), show, part);
    const int n = snprintf(line, sizeof(line),
                           "%3d %%  %s  %" PRIu64 " reports  %" PRIu64 " windows published  %s",
                           (int)(part * 100), step, n_reports, n_known, left);
    if (show->is_terminal)
        (void)printf("\r%-*s", (int)show->width, line);
    else
        (void)printf("%s\n", line);
    (void)fflush(stdout);
    show->width = n > 0 ? (size_t)n : 0;
    show->shown_ms = now_ms;
    show->shown_tenth = tenth;
}

void demo_show_break(struct demo_show *show)
{
    if (show->is_terminal && show->width != 0)
        (void)printf("\n");
    show->width = 0;
}

void demo_show_measure(const struct demo_measure *m, const struct demo_measure_book *book,
                       const struct hub_feed_counts *counts, const struct demo_refused *refused,
                       uint64_t busy_ms)
{
    uint64_t n_rejected = counts->malformed;
    const double inside = book->fit.n == 0 ? 0 : (double)book->fit.n_inside / (double)book->fit.n;

    for (int e = 1; e < HUB_N_REPORT_ERRORS; e++)
        n_rejected += counts->by_error[e] + refused->by_error[e];
    (void)printf("%-16s %5" PRIu64 " windows: %6" PRIu64 " reports sent, %6" PRIu64
                 " accepted, %3" PRIu64 " rejected; %5" PRIu64 " published, %5.1f %% of %" PRIu64
                 " intervals hold the truth; %" PRIu64 " reports/s\n",
                 m->name, book->n_windows, counts->sent, book->reports_published, n_rejected,
                 book->n_published, 100 * inside, book->fit.n,
                 busy_ms == 0 ? 0 : counts->sent * 1000 / busy_ms);
    if (n_rejected == 0)
        return;
    (void)printf("%-16s rejected:", "");
    if (counts->malformed != 0)
        (void)printf(" malformed %" PRIu64, counts->malformed);
    for (int e = 1; e < HUB_N_REPORT_ERRORS; e++) {
        const uint64_t n = counts->by_error[e] + refused->by_error[e];
        if (n != 0)
            (void)printf(" %s %" PRIu64, hub_report_error_name((enum hub_report_error)e), n);
    }
    (void)printf("\n");
}

/* The sum of a day's published taxi totals and its variance; false if a window is missing. */
static bool day_total(double *total, double *variance, struct hub_series *series, uint64_t start_s)
{
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};
    struct hub_measure measure;
    struct hub_series_point *points;
    size_t n = 0;

    *total = 0;
    *variance = 0;
    if (hub_series_view_begin(series) != HUB_OK)
        return false;
    if (hub_series_measure(series, &arena, &measure, demo_measures[DEMO_TAXI].name) != HUB_OK ||
        hub_series_points(series, &arena, &points, &n, measure.id, 0, start_s, start_s + 86400) !=
            HUB_OK)
        n = 0;
    hub_series_view_end(series);
    for (size_t i = 0; i < n; i++) {
        *total += (double)points[i].total;
        *variance += (double)points[i].variance;
    }
    return n == 48;
}

void demo_show_night(const struct demo_city *city, struct hub_series *series)
{
    static const struct {
        uint64_t start_s;
        const char *what;
    } nights[] = {
        {1422316800, "On 27 January 2015 a snowstorm closed New York's streets"},
        {1417046400, "On 27 November 2014, Thanksgiving, New York stayed at home"},
    };
    const struct demo_city_measure *const taxi = &city->measures[DEMO_TAXI];

    for (size_t i = 0; i < sizeof(nights) / sizeof(nights[0]); i++) {
        double total;
        double variance;
        double before;
        double before_variance;
        if (nights[i].start_s >= demo_window_start_s(taxi, taxi->n_windows) ||
            !day_total(&total, &variance, series, nights[i].start_s) ||
            !day_total(&before, &before_variance, series, nights[i].start_s - (uint64_t)7 * 86400))
            continue;
        (void)printf("\n%s: %.0f taxi passengers, give or take %.0f; a week before %.0f, give or "
                     "take %.0f (19 times in 20).\n",
                     nights[i].what, total, 1.96 * sqrt(variance), before,
                     1.96 * sqrt(before_variance));
        return;
    }
}

/* The front stands beside this program. Below the working directory its path is relative. */
static void find_front(char out[PATH_MAX])
{
    static const char front[] = "hubbub";
    char here[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

    out[n > 0 ? n : 0] = '\0';
    char *const slash = strrchr(out, '/');
    if (slash == NULL || (size_t)(slash + 1 - out) + sizeof(front) > PATH_MAX) {
        memcpy(out, front, sizeof(front));
        return;
    }
    memcpy(slash + 1, front, sizeof(front));
    if (getcwd(here, sizeof(here)) == NULL)
        return;
    const size_t len = strlen(here);
    if (strncmp(out, here, len) == 0 && out[len] == '/')
        memmove(out, out + len + 1, strlen(out + len + 1) + 1);
}

void demo_show_next(void)
{
    char front[PATH_MAX];

    find_front(front);
    (void)printf("\nTry next:\n"
                 "  %s task new my-count --out try    a task of your own, on this machine\n"
                 "  %s vectors tests/vectors/vdaf/Prio3*.json    official test vectors\n"
                 "  %s bench vdaf    microseconds a report on this machine\n",
                 front, front, front);
}

hub_status demo_story_write(const char *path, const struct demo_story *story, struct hub_why *why)
{
    char text[2048];
    const int n =
        snprintf(text, sizeof(text),
                 "[story]\nreports = %" PRIu64 "\ndevices = %" PRIu64
                 "\nmeasure = taxi\nfirst_name = Operator Alder\n"
                 "second_name = Operator Birch\nprogress = %.4f\nstep = %s\n%s",
                 story->n_reports, story->n_devices, story->part, story->step, story->holds);

    if (n < 0 || (size_t)n >= sizeof(text))
        return HUB_E_SPACE;
    return hub_file_put(path, hub_span_of(text, (size_t)n), 0644, why);
}
