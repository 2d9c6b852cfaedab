/* Sets the city up, lets it run, and judges what was published. */
#include "demo/run.h"

#include "base/file.h"
#include "demo/place.h"
#include "demo/show.h"
#include "demo/verdict.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PAGE_PORT = 8080,
    START_MS = 20000,
    STALL_MS = 60000, /* nothing new published for so long: something is wrong */
    LOOK_EVERY_MS = 250,
    N_AHEAD = 96 /* moments made ahead */
};

struct demo {
    const struct demo_options *options;
    char folder[DEMO_PATH_MAX];
    struct demo_city city;
    struct demo_tasks tasks;
    struct demo_party parties[DEMO_N_PARTIES];
    uint16_t metrics_port;
    int reserved[DEMO_N_PARTIES + 1]; /* ports of the parties, and of the leader's figures */
    struct hub_stepped_clock clock;
    struct demo_sender sender;
    struct hub_series *series;
    struct demo_show show;
    struct hub_feed_counts counts[HUB_FEED_GROUPS_MAX];
    uint64_t busy_ms[DEMO_N_MEASURES];
    uint64_t moment_ms; /* when the last moment was done */
    uint64_t looked_ms;
    uint64_t n_known;
    FILE *truth;
    struct hub_why *why;
};

static atomic_bool stop_wanted;

static void on_signal(int number)
{
    (void)number;
    atomic_store(&stop_wanted, true);
}

/* ---- folders and ports ---- */

static hub_status make_folders(struct demo *d)
{
    char path[DEMO_PATH_MAX + 32];

    HUB_TRY(demo_place_make(d->folder, d->options->folder, d->why));
    (void)snprintf(path, sizeof(path), "%s/public/truth.csv", d->folder);
    d->truth = fopen(path, "we");
    if (d->truth == NULL)
        return hub_why(d->why, HUB_E_IO, "%s: %s", path, strerror(errno));
    (void)fprintf(d->truth, "measure,start,length,cell,total\n");
    (void)fflush(d->truth);
    return HUB_OK;
}

static hub_status choose_ports(struct demo *d)
{
    const uint16_t page = d->options->port == 0 ? PAGE_PORT : d->options->port;

    d->parties[DEMO_LEADER].port = demo_place_port(0, &d->reserved[DEMO_LEADER]);
    d->parties[DEMO_HELPER].port = demo_place_port(0, &d->reserved[DEMO_HELPER]);
    d->metrics_port = demo_place_port(0, &d->reserved[DEMO_N_PARTIES]);
    d->parties[DEMO_OFFICE].port = demo_place_port(page, &d->reserved[DEMO_OFFICE]);
    if (d->options->port != 0 && d->parties[DEMO_OFFICE].port != page)
        return hub_why(d->why, HUB_E_IO, "port %u is taken; try another --port", page);
    if (d->parties[DEMO_LEADER].port == 0 || d->parties[DEMO_HELPER].port == 0 ||
        d->metrics_port == 0 || d->parties[DEMO_OFFICE].port == 0)
        return hub_why(d->why, HUB_E_IO, "no free port on 127.0.0.1");
    return HUB_OK;
}

static uint64_t first_moment_s(const struct demo_city *city)
{
    uint64_t first = UINT64_MAX;

    for (size_t i = 0; i < DEMO_N_MEASURES; i++)
        first = city->measures[i].start_s < first ? city->measures[i].start_s : first;
    return first;
}

/* ---- the parties ---- */

static hub_status start(struct demo *d)
{
    char clock_path[DEMO_PATH_MAX + 16];

    (void)snprintf(clock_path, sizeof(clock_path), "%s/public/clock", d->folder);
    HUB_TRY(hub_stepped_clock_make(&d->clock, clock_path, first_moment_s(&d->city), d->why));
    HUB_TRY(demo_ceremony(&d->tasks, d->parties, &d->city, d->folder, d->metrics_port, d->why));
    demo_place_release(&d->reserved[DEMO_N_PARTIES]);
    for (int i = 0; i < DEMO_N_PARTIES; i++) {
        demo_place_release(&d->reserved[i]);
        HUB_TRY(demo_party_start(&d->parties[i], (enum demo_party_id)i, clock_path, d->why));
        if (i == DEMO_HELPER) { /* the collector asks the leader at once */
            HUB_TRY(demo_party_await(&d->parties[DEMO_LEADER], START_MS, d->why));
            HUB_TRY(demo_party_await(&d->parties[DEMO_HELPER], START_MS, d->why));
        }
    }
    return demo_party_await(&d->parties[DEMO_OFFICE], START_MS, d->why);
}

/* Counts what is published. Until the collector has made its tables there is nothing to count. */
static hub_status count_known(struct demo *d)
{
    char path[DEMO_PATH_MAX + 32];

    (void)snprintf(path, sizeof(path), "%s/series/series.db", d->folder);
    if (d->series == NULL && hub_series_open(&d->series, path, HUB_SERIES_READ, NULL) != HUB_OK)
        return HUB_OK;
    const hub_status status = demo_books_count(&d->n_known, d->series);
    if (status == HUB_OK || d->n_known != 0)
        return status;
    hub_series_close(d->series);
    d->series = NULL;
    return HUB_OK;
}

/* ---- while it runs ---- */

static uint64_t reports_sent(const struct demo *d)
{
    uint64_t sent = 0;

    for (size_t i = 0; i < DEMO_N_MEASURES; i++)
        sent += d->counts[i].sent;
    return sent;
}

static uint64_t n_devices(void)
{
    uint64_t n = 0;

    for (size_t i = 0; i < DEMO_N_MEASURES; i++)
        n += demo_measures[i].n_devices;
    return n;
}

/* What each operator held for the first window, as the collector's process wrote it down. */
static void read_holds(const struct demo *d, char *out, size_t size)
{
    char path[DEMO_PATH_MAX + 32];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(size - 1);

    out[0] = '\0';
    (void)snprintf(path, sizeof(path), "%s/collector/holds.ini", d->folder);
    if (hub_file_read(&text, path, NULL) == HUB_OK) {
        memcpy(out, text.ptr, text.len);
        out[text.len] = '\0';
    }
}

/* Looks after everything a few times a second: parties, series, terminal, story. */
static hub_status look(struct demo *d, double part, const char *step)
{
    char story_path[DEMO_PATH_MAX + 32];
    char holds[512];
    const uint64_t now_ms = hub_monotonic_ms();

    if (now_ms - d->looked_ms < LOOK_EVERY_MS && part < 1)
        return HUB_OK;
    d->looked_ms = now_ms;
    for (int i = 0; i < DEMO_N_PARTIES; i++)
        HUB_TRY(demo_party_check(&d->parties[i], d->why));
    HUB_TRY(count_known(d));
    demo_show_progress(&d->show, part, step, reports_sent(d), d->n_known);
    (void)snprintf(story_path, sizeof(story_path), "%s/public/story.ini", d->folder);
    read_holds(d, holds, sizeof(holds));
    const struct demo_story story = {reports_sent(d), n_devices(), part, step, holds};
    return demo_story_write(story_path, &story, d->why);
}

static void write_truth(struct demo *d, const struct demo_moment *moment)
{
    const struct demo_city_measure *const cm = &d->city.measures[moment->measure];
    uint64_t truth[HUB_CITY_CELLS_MAX];

    demo_city_truth(cm, moment->window, truth);
    for (size_t c = 0; c < cm->m->n_cells; c++)
        (void)fprintf(d->truth, "%s,%" PRIu64 ",%u,%zu,%" PRIu64 "\n", cm->m->name,
                      demo_window_start_s(cm, moment->window), cm->m->window_s, c, truth[c]);
    (void)fflush(d->truth);
}

static hub_status feed_make(void *self, size_t worker, size_t moment, struct hub_feed_moment *out)
{
    struct demo *const d = self;

    return demo_sender_make(&d->sender, worker, moment, out);
}

static void feed_advance(void *self, uint64_t now_s)
{
    struct demo *const d = self;

    hub_stepped_clock_advance(&d->clock, now_s);
}

static hub_status feed_done(void *self, size_t number)
{
    struct demo *const d = self;
    const struct demo_moment *const moment = &d->sender.moments[number];
    const struct demo_city_measure *const cm = &d->city.measures[moment->measure];
    const uint64_t now_ms = hub_monotonic_ms();
    char step[96];

    d->busy_ms[moment->measure] += now_ms - d->moment_ms;
    d->moment_ms = now_ms;
    write_truth(d, moment);
    (void)snprintf(step, sizeof(step), "%s, window %u of %u", cm->m->name, moment->window + 1,
                   cm->n_windows);
    return look(d, (double)(number + 1) / (double)(d->sender.n_moments + 1), step);
}

static hub_status feed(struct demo *d, size_t n_workers)
{
    const struct hub_feed feed = {
        .n_moments = d->sender.n_moments,
        .n_workers = n_workers,
        .n_ahead = N_AHEAD,
        .make = feed_make,
        .advance = feed_advance,
        .done = feed_done,
        .self = d,
        .stop = &stop_wanted,
    };

    d->moment_ms = hub_monotonic_ms();
    return hub_feed_run(&feed, d->counts, d->why);
}

/* Lets the clock run past every grace and release hour and waits for the last windows. */
static hub_status await_windows(struct demo *d)
{
    uint64_t end_s = 0;
    uint64_t n_due = 0;

    for (size_t t = 0; t < d->tasks.n; t++) {
        const struct hub_task *const task = d->tasks.list[t].task;
        const uint64_t release_s = hub_task_release_s(task, task->end_s / task->window_s - 1);
        end_s = release_s > end_s ? release_s : end_s;
        n_due += d->tasks.list[t].n_windows;
    }
    hub_stepped_clock_advance(&d->clock, end_s + 60);
    uint64_t known_before = d->n_known;
    uint64_t moved_ms = hub_monotonic_ms();
    while (d->n_known < n_due && !atomic_load(&stop_wanted)) {
        (void)usleep(50000);
        HUB_TRY(look(d, 0.999, "the last windows"));
        if (d->n_known != known_before) {
            known_before = d->n_known;
            moved_ms = hub_monotonic_ms();
        } else if (hub_monotonic_ms() - moved_ms > STALL_MS) {
            return hub_why(d->why, HUB_E_IO,
                           "%" PRIu64 " of %" PRIu64
                           " windows were published, and then nothing more; see the logs under %s",
                           d->n_known, n_due, d->folder);
        }
    }
    return look(d, 1, "done");
}

/* ---- */

static void clear(struct demo *d)
{
    demo_show_break(&d->show);
    hub_series_close(d->series);
    demo_parties_stop(d->parties);
    for (int i = 0; i <= DEMO_N_PARTIES; i++)
        demo_place_release(&d->reserved[i]);
    demo_sender_clear(&d->sender);
    demo_tasks_clear(&d->tasks);
    demo_city_clear(&d->city);
    hub_stepped_clock_close(&d->clock);
    if (d->truth != NULL)
        (void)fclose(d->truth);
    if (d->options->folder == NULL && d->folder[0] == '/')
        demo_place_remove(d->folder);
}

static hub_status run_all(struct demo *d, bool *holds)
{
    const long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t n_workers = n_cores < 1                      ? 1
                             : n_cores > HUB_FEED_WORKERS_MAX ? HUB_FEED_WORKERS_MAX
                                                              : (size_t)n_cores;

    HUB_TRY(make_folders(d));
    HUB_TRY(choose_ports(d));
    HUB_TRY(demo_city_load(&d->city, d->options->data, d->options->fast, d->why));
    HUB_TRY(start(d));
    demo_show_parties(d->parties, d->folder);
    (void)printf("The page is live: http://127.0.0.1:%u/\n\n", d->parties[DEMO_OFFICE].port);
    HUB_TRY(demo_sender_init(&d->sender, &d->city, &d->tasks, n_workers, d->why));
    HUB_TRY(feed(d, n_workers));
    if (atomic_load(&stop_wanted))
        return HUB_OK;
    HUB_TRY(await_windows(d));
    demo_show_break(&d->show);
    if (atomic_load(&stop_wanted))
        return HUB_OK;
    HUB_TRY(demo_verdict(holds, &d->city, &d->tasks, d->series, d->counts, d->busy_ms,
                         d->metrics_port, d->why));
    for (int i = 0; i < DEMO_N_PARTIES; i++)
        (void)printf("%s%s %" PRIu64 " MB", i == 0 ? "memory at most: " : ", ", d->parties[i].name,
                     demo_party_memory_kb(&d->parties[i]) / 1024);
    (void)printf("; %.1f s\n", (double)(hub_monotonic_ms() - d->show.started_ms) / 1000);
    demo_show_night(&d->city, d->series);
    demo_show_next();
    if (d->options->once)
        return HUB_OK;
    (void)printf("\nThe page stays live at http://127.0.0.1:%u/ until you press Ctrl-C.\n",
                 d->parties[DEMO_OFFICE].port);
    while (!atomic_load(&stop_wanted)) {
        (void)usleep(100000);
        for (int i = 0; i < DEMO_N_PARTIES; i++)
            HUB_TRY(demo_party_check(&d->parties[i], d->why));
    }
    return HUB_OK;
}

int demo_run(const struct demo_options *options)
{
    struct hub_why why = {{0}};
    struct demo *const d = calloc(1, sizeof(*d));
    struct sigaction action = {.sa_handler = on_signal};
    bool holds = false;

    if (d == NULL)
        return 1;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    d->options = options;
    d->why = &why;
    for (int i = 0; i <= DEMO_N_PARTIES; i++)
        d->reserved[i] = -1;
    demo_show_init(&d->show);
    const hub_status status = run_all(d, &holds);
    const bool was_stopped = atomic_load(&stop_wanted);
    clear(d);
    free(d);
    if (status != HUB_OK && !was_stopped) {
        (void)fprintf(stderr, "hubbub demo: %s\n",
                      why.text[0] != '\0' ? why.text : hub_status_text(status));
        return 1;
    }
    return holds || (was_stopped && !options->once) ? 0 : 1;
}
