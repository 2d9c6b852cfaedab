/* hubbub-collector: `run`, or one collection printed. */
#include "base/text.h"
#include "collector/once.h"
#include "collector_run.h"
#include "interval/figure.h"
#include "interval/interval.h"
#include "utc_time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_WRONG_USE = 2, DAY_S = 86400, PATH_BYTES = 4096 };

struct arguments {
    const char *task;
    const char *from;
    const char *to;
    const char *key;
    const char *ca_file;
    unsigned patience_s;
    bool plain_remote;
    bool as_json;
};

static void print_usage(FILE *out)
{
    (void)fputs(
        "usage: hubbub collector run --config FILE\n"
        "       hubbub collector collect NAME.task.ini --from TIME --to TIME [--json]\n"
        "                        [--key FILE] [--patience SECONDS] [--ca-file FILE] "
        "[--plain-remote]\n"
        "\n"
        "run asks for each window when it may be released and writes the series database.\n"
        "collect asks once for the windows from TIME up to TIME, and prints totals with their "
        "intervals.\nTIME is UTC: YYYY-MM-DD, YYYY-MM-DDTHH:MM, or seconds since 1970; it "
        "must lie between two\nwindows. A window can be collected once: together with the same "
        "others, or alone.\nThe key is ../keys/collector.key beside the task's folder unless "
        "--key names it;\nNAME.collector.ini lies beside the task file.\n"
        "\n"
        "Exit codes: 0 done, 1 failed, 2 wrong use.\n",
        out);
}

/* A string as JSON; labels have no control characters. */
static void print_json_text(const char *text)
{
    (void)putchar('"');
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            (void)putchar('\\');
        (void)putchar(*c);
    }
    (void)putchar('"');
}

static const char *label_of(const struct hub_task *t, size_t cell)
{
    return t->labels != NULL ? t->labels[cell] : t->statement.title;
}

static double half_width_of(const struct hub_task *t, const struct hub_collection *c)
{
    return hub_total_half_width(t->statement.sigma2, hub_statement_n_noises(&t->statement),
                                (size_t)c->query.duration, HUB_LEVEL_SHOWN);
}

static void print_json(const struct hub_task *t, const struct hub_collection *c)
{
    const double half = half_width_of(t, c);
    char from[UTC_TEXT];
    char to[UTC_TEXT];

    utc_format(from, c->query.start * t->window_s);
    utc_format(to, (c->query.start + c->query.duration) * t->window_s);
    (void)printf("{\"task\":\"%s\",\"from\":\"%s\",\"to\":\"%s\",\"windows\":%llu,\"reports\":%llu,"
                 "\"variance\":%llu,\"level\":0.95,\"cells\":[",
                 t->name, from, to, (unsigned long long)c->query.duration,
                 (unsigned long long)c->n_reports, (unsigned long long)c->variance);
    for (size_t i = 0; i < c->n_cells; i++) {
        (void)printf("%s{\"cell\":%zu,\"label\":", i == 0 ? "" : ",", i);
        print_json_text(label_of(t, i));
        (void)printf(",\"total\":%lld,\"low\":%.0f,\"high\":%.0f}", (long long)c->totals[i],
                     floor((double)c->totals[i] - half), ceil((double)c->totals[i] + half));
    }
    (void)puts("]}");
}

static void print_table(const struct hub_task *t, const struct hub_collection *c)
{
    static const char *const words[HUB_N_DISPLAY] = {"", "  use with care", "  too noisy to show"};
    const double half = half_width_of(t, c);
    char from[UTC_TEXT];
    char to[UTC_TEXT];

    utc_format(from, c->query.start * t->window_s);
    utc_format(to, (c->query.start + c->query.duration) * t->window_s);
    (void)printf("%s, %s to %s\n%llu reports (exact)\n", t->statement.title, from, to,
                 (unsigned long long)c->n_reports);
    for (size_t i = 0; i < c->n_cells; i++) {
        char figure[HUB_FIGURE_TEXT_MAX];
        const struct hub_estimate e = {(double)c->totals[i], (double)c->variance};
        const enum hub_display how = hub_display(e);
        if (how == HUB_SHOW_TOO_NOISY)
            (void)snprintf(figure, sizeof(figure), "between 0 and %.0f",
                           hub_display_bound(e, hub_z(HUB_LEVEL_SHOWN)));
        else
            (void)hub_figure_format(figure, e.value, half, &hub_number_english);
        (void)printf("  %-24s %-22s (released %lld)%s\n", label_of(t, i), figure,
                     (long long)c->totals[i], words[how]);
    }
    (void)puts("Each released number carries noise: 95 of 100 true totals lie in the interval.");
}

/* ../keys/collector.key, seen from the task's folder. */
static void default_key(char out[PATH_BYTES], const char *task)
{
    const char *const slash = strrchr(task, '/');

    (void)snprintf(out, PATH_BYTES, "%.*s../keys/collector.key",
                   slash == NULL ? 0 : (int)(slash - task) + 1, task);
}

static hub_status windows_of(uint64_t *start, uint64_t *duration, const struct arguments *a,
                             const struct hub_task *t, struct hub_why *why)
{
    const struct hub_clock clock = hub_system_clock();
    uint64_t from_s;
    uint64_t to_s;

    if (!utc_parse(&from_s, hub_span_text(a->from)) || !utc_parse(&to_s, hub_span_text(a->to)))
        return hub_why(why, HUB_E_ARGUMENT,
                       "--from and --to are like 2026-03-02 or "
                       "2026-03-02T08:30");
    if (from_s % t->window_s != 0 || to_s % t->window_s != 0 || to_s <= from_s)
        return hub_why(why, HUB_E_ARGUMENT,
                       "--from and --to must lie between two windows of %llu seconds",
                       (unsigned long long)t->window_s);
    *start = from_s / t->window_s;
    *duration = (to_s - from_s) / t->window_s;
    const enum hub_task_query query = hub_task_check_query(t, *start, *duration, hub_now_s(&clock));
    if (query != HUB_QUERY_OK)
        return hub_why(why, HUB_E_ARGUMENT, "%s", hub_task_query_text(query));
    const uint64_t release_s = hub_task_release_s(t, *start + *duration - 1);
    char at[UTC_TEXT];
    utc_format(at, release_s);
    if (release_s > hub_now_s(&clock))
        return hub_why(why, HUB_E_ARGUMENT, "its last window may be collected from %s on", at);
    return HUB_OK;
}

static hub_status collect(const struct arguments *a, struct hub_why *why)
{
    HUB_CLEANUP(hub_collected_task_clear) struct hub_collected_task task = {.task = NULL};
    HUB_CLEANUP(hub_collection_clear) struct hub_collection result = {.totals = NULL};
    struct hub_http_client_config http = hub_http_client_config();
    char key[PATH_BYTES];
    uint64_t start = 0;
    uint64_t duration = 0;

    default_key(key, a->task);
    http.ca_file = a->ca_file;
    http.plain_remote = a->plain_remote;
    HUB_TRY(hub_collect_load(&task, a->task, a->key != NULL ? a->key : key, why));
    if (task.task->statement.clock == HUB_STATEMENT_CLOCK_DEMO)
        return hub_why(why, HUB_E_REFUSED, "%.200s: 'clock: demo' is for the demo only", a->task);
    HUB_TRY(windows_of(&start, &duration, a, task.task, why));
    HUB_TRY(hub_collect_once(&result, &task, &http, start, duration, a->patience_s, why));
    if (a->as_json)
        print_json(task.task, &result);
    else
        print_table(task.task, &result);
    return HUB_OK;
}

static bool read_arguments(struct arguments *a, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        const char **field = NULL;
        if (strcmp(argv[i], "--json") == 0) {
            a->as_json = true;
            continue;
        }
        if (strcmp(argv[i], "--plain-remote") == 0) {
            a->plain_remote = true;
            continue;
        }
        if (argv[i][0] != '-' && a->task == NULL) {
            a->task = argv[i];
            continue;
        }
        if (i + 1 == argc)
            return false;
        if (strcmp(argv[i], "--patience") == 0) {
            uint64_t v;
            if (hub_u64_parse(&v, hub_span_text(argv[++i]), 1, DAY_S) != HUB_OK)
                return false;
            a->patience_s = (unsigned)v;
            continue;
        }
        if (strcmp(argv[i], "--from") == 0)
            field = &a->from;
        else if (strcmp(argv[i], "--to") == 0)
            field = &a->to;
        else if (strcmp(argv[i], "--key") == 0)
            field = &a->key;
        else if (strcmp(argv[i], "--ca-file") == 0)
            field = &a->ca_file;
        if (field == NULL || *field != NULL)
            return false;
        *field = argv[++i];
    }
    return a->task != NULL && a->from != NULL && a->to != NULL;
}

static int run_collect(int argc, char **argv)
{
    struct arguments a = {.patience_s = 120};
    struct hub_why why = {{0}};

    if (!read_arguments(&a, argc, argv)) {
        print_usage(stderr);
        return EXIT_WRONG_USE;
    }
    const hub_status status = collect(&a, &why);
    if (status == HUB_OK)
        return EXIT_SUCCESS;
    (void)fprintf(stderr, "hubbub collector: %s\n",
                  why.text[0] != '\0' ? why.text : hub_status_text(status));
    return status == HUB_E_ARGUMENT ? EXIT_WRONG_USE : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    const struct hub_collector_env env = {.clock = hub_system_clock()};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_usage(stdout);
            (void)puts("\nThe configuration of run:");
            hub_collector_help();
            return EXIT_SUCCESS;
        }
    }
    if (argc == 4 && strcmp(argv[1], "run") == 0 && strcmp(argv[2], "--config") == 0)
        return hub_collector_run(argv[3], &env);
    if (argc >= 2 && strcmp(argv[1], "collect") == 0)
        return run_collect(argc, argv);
    print_usage(stderr);
    return EXIT_WRONG_USE;
}
