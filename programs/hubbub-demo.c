/* hubbub-demo: the whole city on one machine. The demo starts itself again as each of the parties,
 * which run the rooms of the installed programs on the demo's stepped clock. */
#include "aggregator_run.h"
#include "base/text.h"
#include "collector_run.h"
#include "demo/holds.h"
#include "demo/mechanism.h"
#include "demo/run.h"
#include "office_run.h"
#include "sim/stepped_clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum exit_code { DONE, FAILED, WRONG_USE };

static const char help[] =
    "usage: hubbub demo [--port N] [--once] [--fast] [--dir DIR]\n"
    "\n"
    "Runs a city on this machine: two operators, a collector, an office and some two thousand\n"
    "devices, each party as a process of its own, on real series. Prints the address of the page.\n"
    "\n"
    "  --port N   port of the page on 127.0.0.1 (8080, or a free one)\n"
    "  --once     end when all windows are published; exit code 0 only if every report is\n"
    "             accounted for and the published totals fit the announced noise\n"
    "  --fast     fewer days, under a minute\n"
    "  --dir DIR  run in DIR and keep what is there afterwards\n";

/* The value that follows an option, or NULL. */
static const char *value_of(int argc, char **argv, const char *option)
{
    for (int i = 0; i + 1 < argc; i++) {
        if (strcmp(argv[i], option) == 0)
            return argv[i + 1];
    }
    return NULL;
}

static int run_party(const char *word, int argc, char **argv)
{
    const char *const config = value_of(argc, argv, "--config");
    const char *const clock_path = value_of(argc, argv, "--clock");
    struct hub_stepped_clock stepped = {NULL};
    struct hub_why why = {{0}};
    int code = WRONG_USE;

    if (config == NULL || clock_path == NULL)
        return WRONG_USE;
    if (hub_stepped_clock_open(&stepped, clock_path, &why) != HUB_OK) {
        (void)fprintf(stderr, "hubbub-demo %s: %s\n", word, why.text);
        return FAILED;
    }
    const struct hub_clock clock = hub_stepped_clock_of(&stepped);
    if (strcmp(word, "aggregator") == 0) {
        const struct hub_aggregator_env env = {
            .clock = clock, .clock_is_demo = true, .mechanism = demo_mechanism(config)};
        code = hub_aggregator_run(config, &env);
    } else if (strcmp(word, "collector") == 0) {
        struct demo_holds holds = {.written_ms = 0};
        const struct hub_collector_env env = {
            .clock = clock, .clock_is_demo = true, .watch = demo_holds_watch, .watch_self = &holds};
        const char *const slash = strrchr(config, '/');
        (void)snprintf(holds.path, sizeof(holds.path), "%.*s/holds.ini",
                       slash == NULL ? 1 : (int)(slash - config), slash == NULL ? "." : config);
        code = hub_collector_run(config, &env);
    } else if (strcmp(word, "office") == 0) {
        code = hub_office_run(config, &clock);
    }
    hub_stepped_clock_close(&stepped);
    return code;
}

static int wrong_use(const char *what)
{
    (void)fprintf(stderr, "hubbub demo: %s; hubbub demo --help says how\n", what);
    return WRONG_USE;
}

static int run_demo(int argc, char **argv)
{
    struct demo_options options = {.data = HUB_DATA_DIR};

    for (int i = 1; i < argc; i++) {
        uint64_t port;
        if (strcmp(argv[i], "--once") == 0) {
            options.once = true;
        } else if (strcmp(argv[i], "--fast") == 0) {
            options.fast = true;
        } else if (strcmp(argv[i], "--port") == 0) {
            if (++i == argc || hub_u64_parse(&port, hub_span_text(argv[i]), 1, 65535) != HUB_OK)
                return wrong_use("--port needs a number from 1 to 65535");
            options.port = (uint16_t)port;
        } else if (strcmp(argv[i], "--dir") == 0) {
            if (++i == argc)
                return wrong_use("--dir needs a folder");
            options.folder = argv[i];
        } else if (strcmp(argv[i], "--help") == 0) {
            (void)fputs(help, stdout);
            return DONE;
        } else {
            return wrong_use("unknown option");
        }
    }
    return demo_run(&options);
}

int main(int argc, char **argv)
{
    static const char *const words[] = {"aggregator", "collector", "office"};

    for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(argv[1], words[i]) == 0)
            return run_party(words[i], argc, argv);
    }
    return run_demo(argc, argv);
}
