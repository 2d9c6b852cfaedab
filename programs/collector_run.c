/* The continuous collector as a process: configuration, signals, turns. */
#include "collector_run.h"

#include "collector/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { EXIT_WRONG_USE = 2, DB_PAUSE_MS = 500 };

/* The one thing that a signal handler may touch. */
static volatile sig_atomic_t stop_wanted;

static void on_signal(int number)
{
    (void)number;
    stop_wanted = 1;
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
}

static int fail(const struct hub_why *why, hub_status status)
{
    (void)fprintf(stderr, "hubbub collector: %s\n",
                  why->text[0] != '\0' ? why->text : hub_status_text(status));
    return status == HUB_E_CONFIG ? EXIT_WRONG_USE : EXIT_FAILURE;
}

static void sleep_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    (void)nanosleep(&t, NULL);
}

static void turn_until_stopped(struct hub_collector *c, unsigned poll_ms, const struct hub_log *log)
{
    while (!stop_wanted) {
        const hub_status status = hub_collector_turn(c, poll_ms);
        if (status == HUB_OK)
            continue;
        hub_log(log, HUB_LOG_ERROR, "collector.turn", "why=\"%s\"", hub_status_text(status));
        sleep_ms(DB_PAUSE_MS);
    }
}

int hub_collector_run(const char *config_path, const struct hub_collector_env *env)
{
    HUB_CLEANUP(hub_collector_config_clear)
    struct hub_collector_config config = {.measures = NULL};
    struct hub_collector *c = NULL;
    struct hub_why why = {{0}};
    struct hub_log log = {stderr, HUB_LOG_INFO, "collector"};
    hub_status status = hub_collector_config_load(&config, config_path, &why);

    stop_wanted = 0;
    watch_signals();
    if (status == HUB_OK && config.log[0] != '\0') {
        log.file = fopen(config.log, "ae");
        if (log.file == NULL)
            status = hub_why(&why, HUB_E_IO, "%.200s cannot be written", config.log);
    }
    if (status == HUB_OK)
        status = hub_collector_new(&c, &config, &env->clock, env->clock_is_demo, &log, &why);
    int code = EXIT_SUCCESS;
    if (status == HUB_OK) {
        hub_log(&log, HUB_LOG_INFO, "collector.start", "measures=%zu", config.n_measures);
        hub_collector_watch(c, env->watch, env->watch_self);
        turn_until_stopped(c, config.poll_ms, &log);
        const struct hub_collector_counts counts = hub_collector_counts(c);
        hub_log(&log, HUB_LOG_INFO, "collector.stop", "points=%llu gaps=%llu under_way=%zu",
                (unsigned long long)counts.n_points, (unsigned long long)counts.n_gaps,
                counts.n_under_way);
    } else {
        code = fail(&why, status);
    }
    hub_collector_free(c);
    if (log.file != NULL && log.file != stderr)
        (void)fclose(log.file);
    return code;
}

void hub_collector_help(void)
{
    (void)fputs("  [collector]\n"
                "  series          the series database that the office reads (must be given)\n"
                "  key             HPKE key pair that the statements name (must be given)\n"
                "  ca_file         PEM, to check the leader; none: the system's\n"
                "  plain_remote    http:// to other hosts, yes or no (no)\n"
                "  in_flight       collections under way at once (64)\n"
                "  poll_ms         between two looks at the clock (1000)\n"
                "  log             file to append to; none: stderr\n"
                "  [measure NAME]  one section a measure; NAME is its address on the page\n"
                "  title           (must be given)\n"
                "  unit            what one count is, in the plural (counts)\n"
                "  time_zone       of the page's days (UTC)\n"
                "  note, source, licence   each may stand in several lines\n"
                "  made_up         yes or no (no)\n"
                "  position        place on the overview (in the order of the file)\n"
                "  task            NAME.task.ini; one line a task of the chain\n",
                stdout);
}
