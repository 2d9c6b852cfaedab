/* hubbub-device: one device, or one registered service, in a folder of its own. Reads measurements
 * from standard input and sends one report for each window. */
#include "hubbub/device.h"
#include "base/file.h"
#include "crypto/random.h"
#include "device/report.h"
#include "device_line.h"
#include "task/secret.h"
#include "upload/upload.h"
#include "utc_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EXIT_WRONG_USE = 2, SECRET_MAX = 4096, PATIENCE_MAX_S = 86400 };

struct arguments {
    const char *task;
    const char *state;
    const char *ca_file;
    size_t batch;
    uint32_t patience_s;
    bool plain_remote;
};

static void print_usage(FILE *out)
{
    (void)fputs(
        "usage: hubbub device upload NAME.task.ini --state DIR [--batch N] [--patience SECONDS]\n"
        "                     [--ca-file FILE] [--plain-remote]\n"
        "\n"
        "Reads one measurement a line from standard input and sends one report a window:\n"
        "  value            for the window that is open now\n"
        "  time,value       UTC, as 2026-03-02T08:30:00Z or in seconds since 1970\n"
        "value is a whole number: a count, a sum, the number of a bucket from 0; or several "
        "numbers\n"
        "separated by spaces or semicolons, one a cell. Out of range is set to the nearest in it.\n"
        "\n"
        "DIR is the device's memory: never share it, copy it or restore it from a backup. A new "
        "DIR\n"
        "is silent until the next window begins (for a device's day: the next UTC day).\n"
        "A line that is no measurement is named, and the neutral report goes out for its window.\n"
        "A registered service keeps its token in NAME.service.ini beside the task file.\n"
        "\n"
        "Exit codes: 0 all was sent; 1 some line was none, or something was not taken; 2 wrong "
        "use.\n",
        out);
}

/* Everything of one run. */
struct run {
    const struct arguments *arguments;
    struct hub_clock clock;
    struct hub_task *task;
    struct hub_state_dir state;
    struct hub_device *device;
    unsigned number; /* of the task in the device */
    uint64_t *values;
    size_t n_values;
    uint64_t *spoilt; /* times whose line was no measurement */
    size_t n_spoilt;
    size_t n_put;   /* since the last sending */
    size_t n_lines; /* measurements put in all */
    bool is_terminal;
    bool went_wrong;
    struct hub_device_result sum;
};

static void run_clear(struct run *r)
{
    hub_device_close(r->device);
    hub_state_dir_close(&r->state);
    hub_task_free(r->task);
    if (r->values != NULL)
        hub_wipe(r->values, r->n_values * sizeof(*r->values));
    free(r->values);
    free(r->spoilt);
}

static hub_status fill_random(void *self, uint8_t *out, size_t n)
{
    const struct hub_rng rng = hub_system_rng();

    (void)self;
    return hub_rng_fill(&rng, out, n);
}

/* The token of a registered service, if there is one beside the task file. */
static hub_status load_token(struct run *r, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_MAX);
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret secret = {.services = NULL};
    char path[4096];
    const int stem = (int)(strlen(r->arguments->task) - strlen(".task.ini"));

    (void)snprintf(path, sizeof(path), "%.*s.service.ini", stem, r->arguments->task);
    const hub_status found = hub_file_read(&text, path, why);
    if (found == HUB_E_NOT_FOUND)
        return HUB_OK;
    HUB_TRY(found);
    HUB_TRY(hub_task_secret_parse(&secret, hub_buf_span(&text), path, why));
    if (secret.role != HUB_ROLE_CLIENT ||
        memcmp(&secret.task_id, &r->task->id, sizeof(r->task->id)) != 0)
        return hub_why(why, HUB_E_CONFIG, "%.200s: not a service's token for this task", path);
    return hub_device_set_token(r->device, r->number, secret.token);
}

static hub_status start(struct run *r, struct hub_why *why)
{
    const struct hub_device_random random = {NULL, fill_random};
    const uint64_t now_s = hub_now_s(&r->clock);

    HUB_TRY(hub_task_load(&r->task, r->arguments->task, hub_file_read, why));
    if (r->task->statement.clock == HUB_STATEMENT_CLOCK_DEMO)
        return hub_why(why, HUB_E_REFUSED, "%.200s: 'clock: demo' is for the demo only",
                       r->arguments->task);
    HUB_TRY(hub_state_dir_open(&r->state, r->arguments->state, why));
    const struct hub_device_storage storage = hub_state_dir_storage(&r->state);
    const hub_status opened = hub_device_open(&r->device, &storage, &random, now_s);
    if (opened != HUB_OK)
        return hub_why(why, opened, "%.200s: the device's memory cannot be used: %s",
                       r->arguments->state, hub_status_text(opened));
    HUB_TRY(hub_device_join(r->device, &r->number, hub_buf_span(&r->task->statement_text),
                            hub_buf_span(&r->task->labels_text), now_s, why->text,
                            sizeof(why->text)));
    HUB_TRY(load_token(r, why));
    r->n_values =
        r->task->vdaf.type == HUB_VDAF_PRIO3_SUMVEC || r->task->vdaf.type == HUB_VDAF_PRIO3_MULTIHOT
            ? r->task->vdaf.length
            : 1;
    r->values = calloc(r->n_values, sizeof(*r->values));
    return r->values == NULL ? HUB_E_MEMORY : HUB_OK;
}

static void told(void *self, const struct hub_device_result *sum, uint32_t pause_ms)
{
    const struct run *const r = self;

    if (!r->is_terminal)
        return;
    if (pause_ms != 0)
        (void)fprintf(stderr, "\r%zu sent, %zu left; again in %u s   ",
                      r->sum.n_accepted + sum->n_accepted, sum->n_left, (pause_ms + 999) / 1000);
    else
        (void)fprintf(stderr, "\r%zu sent, %zu left                 ",
                      r->sum.n_accepted + sum->n_accepted, sum->n_left);
    (void)fflush(stderr);
}

/* Stores what was put, with one sync, and sends it. */
static hub_status flush(struct run *r, struct hub_why *why)
{
    struct hub_upload_config config = hub_upload_config();
    struct hub_device_result sum;

    config.http.ca_file = r->arguments->ca_file;
    config.http.plain_remote = r->arguments->plain_remote;
    config.state = &r->state;
    config.rng = hub_system_rng();
    config.batch = r->arguments->batch;
    config.patience_s = r->arguments->patience_s;
    config.told = told;
    config.self = r;
    r->n_put = 0;
    const hub_status stored = hub_device_commit(r->device);
    if (stored != HUB_OK)
        return hub_why(why, stored, "%.200s: cannot be written: nothing of it was sent",
                       r->arguments->state);
    const hub_status status = hub_upload_run(r->device, r->number, &config, &r->clock, &sum, why);
    r->sum.n_accepted += sum.n_accepted;
    r->sum.n_rejected += sum.n_rejected;
    r->sum.n_expired += sum.n_expired;
    for (size_t i = 0; i < sizeof(sum.n_by_error) / sizeof(sum.n_by_error[0]); i++)
        r->sum.n_by_error[i] += sum.n_by_error[i];
    r->sum.n_left = sum.n_left;
    return status;
}

static void name_line(struct run *r, unsigned long line, const char *reason)
{
    (void)fprintf(stderr, "%sline %lu: %s\n", r->is_terminal ? "\r" : "", line, reason);
    r->went_wrong = true;
}

/* Why a window can have no report now. Says nothing of the measurement. */
static const char *refusal(const struct run *r, char out[200], hub_status status, uint64_t time_s)
{
    const uint64_t now_s = hub_now_s(&r->clock);
    const struct hub_task *const t = r->task;
    char until[UTC_TEXT];

    if (status == HUB_E_CONFLICT)
        return "its window has had its report";
    if (status != HUB_E_REFUSED)
        return hub_status_text(status);
    const uint64_t window = hub_task_window(t, time_s);
    if (hub_task_check_interval(t, window) != HUB_REPORT_OK)
        return "its time is outside the task's days";
    const enum hub_report_error late = hub_task_check_receipt(t, window, now_s);
    if (late == HUB_REPORT_TOO_EARLY)
        return "its time is in the future";
    if (late == HUB_REPORT_DROPPED)
        return "its window has ended and the time for late reports is over";
    const uint64_t silent_s = hub_device_silent_until(r->device, r->number);
    utc_format(until, silent_s);
    if (silent_s != 0)
        (void)snprintf(out, 200,
                       "this device cannot know what it sent before: it is silent until %s", until);
    else
        (void)snprintf(out, 200, "its window began before this device could know what it had sent");
    return out;
}

static hub_status remember_spoilt(struct run *r, uint64_t time_s)
{
    uint64_t *const more = realloc(r->spoilt, (r->n_spoilt + 1) * sizeof(*more));

    if (more == NULL)
        return HUB_E_MEMORY;
    r->spoilt = more;
    r->spoilt[r->n_spoilt++] = time_s;
    return HUB_OK;
}

static hub_status take_line(struct run *r, hub_span text, unsigned long number, struct hub_why *why)
{
    const uint64_t now_s = hub_now_s(&r->clock);
    struct device_line line;
    struct hub_device_outcome outcome;
    char room[200];

    device_line_parse(&line, r->values, r->n_values, text);
    const uint64_t time_s = line.has_time ? line.time_s : now_s;
    if (line.fault != NULL) {
        name_line(r, number, line.fault);
        return !line.has_time || line.time_is_known ? remember_spoilt(r, time_s) : HUB_OK;
    }
    const hub_status status =
        hub_device_put(r->device, r->number, time_s, r->values, r->n_values, now_s, &outcome);
    if (status == HUB_E_REFUSED || status == HUB_E_CONFLICT) {
        name_line(r, number, refusal(r, room, status, time_s));
        return HUB_OK;
    }
    if (status != HUB_OK)
        return hub_why(why, status, "line %lu: %s", number, hub_status_text(status));
    r->n_put++;
    r->n_lines++;
    return r->n_put < r->arguments->batch ? HUB_OK : flush(r, why);
}

/* Windows whose line was no measurement, unless another line has filled them. */
static hub_status put_neutrals(struct run *r, struct hub_why *why)
{
    const uint64_t now_s = hub_now_s(&r->clock);

    for (size_t i = 0; i < r->n_spoilt; i++) {
        const hub_status status = hub_device_put_neutral(r->device, r->number, r->spoilt[i], now_s);
        if (status == HUB_OK)
            r->n_put++;
        else if (status != HUB_E_REFUSED && status != HUB_E_CONFLICT)
            return hub_why(why, status, "%s", hub_status_text(status));
        if (r->n_put >= r->arguments->batch)
            HUB_TRY(flush(r, why));
    }
    return HUB_OK;
}

static hub_status read_lines(struct run *r, struct hub_why *why)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    hub_status status = HUB_OK;

    for (unsigned long number = 1; status == HUB_OK && (len = getline(&line, &cap, stdin)) > 0;
         number++) {
        const hub_span text = hub_span_of(line, (size_t)len);
        if (device_line_is_blank(text) || (number == 1 && device_line_is_head(text)))
            continue;
        status = take_line(r, text, number, why);
    }
    if (line != NULL)
        hub_wipe(line, cap);
    free(line);
    if (status == HUB_OK)
        status = put_neutrals(r, why);
    return status == HUB_OK ? flush(r, why) : status;
}

static void print_sum(const struct run *r)
{
    char until[UTC_TEXT];
    const uint64_t silent_s = hub_device_silent_until(r->device, r->number);

    if (r->is_terminal)
        (void)fputs("\r                                        \r", stderr);
    (void)printf("%zu report%s accepted", r->sum.n_accepted, r->sum.n_accepted == 1 ? "" : "s");
    if (r->sum.n_rejected != 0)
        (void)printf(", %zu rejected", r->sum.n_rejected);
    for (unsigned e = 1; e < HUB_N_REPORT_ERRORS; e++) {
        if (r->sum.n_by_error[e] != 0)
            (void)printf(" (%s %zu)", hub_report_error_name((enum hub_report_error)e),
                         r->sum.n_by_error[e]);
    }
    if (r->sum.n_expired != 0)
        (void)printf(", %zu dropped after their time", r->sum.n_expired);
    if (r->sum.n_left != 0)
        (void)printf(", %zu kept for the next run", r->sum.n_left);
    (void)fputs("\n", stdout);
    if (silent_s != 0) {
        utc_format(until, silent_s);
        (void)printf("this device speaks from %s on\n", until);
    }
}

static int upload(const struct arguments *arguments)
{
    HUB_CLEANUP(run_clear)
    struct run r = {.arguments = arguments,
                    .clock = hub_system_clock(),
                    .state = {.lock_fd = -1, .journal_fd = -1},
                    .is_terminal = isatty(STDERR_FILENO) == 1};
    struct hub_why why = {{0}};
    hub_status status = start(&r, &why);

    if (status != HUB_OK) {
        (void)fprintf(stderr, "%s\n", why.text[0] != '\0' ? why.text : hub_status_text(status));
        return EXIT_FAILURE;
    }
    status = read_lines(&r, &why);
    print_sum(&r);
    if (status != HUB_OK)
        (void)fprintf(stderr, "%s\n", why.text[0] != '\0' ? why.text : hub_status_text(status));
    return status == HUB_OK && !r.went_wrong && r.sum.n_rejected == 0 && r.sum.n_expired == 0
               ? EXIT_SUCCESS
               : EXIT_FAILURE;
}

static bool read_number(size_t *out, const char *text, size_t max)
{
    char *end;
    const unsigned long long v = strtoull(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || v == 0 || v > max)
        return false;
    *out = (size_t)v;
    return true;
}

/* The field that an option with a value fills as text; NULL: it is none of them. */
static const char **text_field(struct arguments *a, const char *option)
{
    if (strcmp(option, "--state") == 0)
        return &a->state;
    return strcmp(option, "--ca-file") == 0 ? &a->ca_file : NULL;
}

/* The others are numbers. */
static bool number_option(struct arguments *a, const char *option, const char *value)
{
    size_t number;

    if (strcmp(option, "--batch") == 0)
        return read_number(&a->batch, value, HUB_UPLOAD_BATCH_MAX);
    if (strcmp(option, "--patience") != 0 || !read_number(&number, value, PATIENCE_MAX_S))
        return false;
    a->patience_s = (uint32_t)number;
    return true;
}

static bool read_arguments(struct arguments *a, int argc, char **argv)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--plain-remote") == 0) {
            a->plain_remote = true;
            continue;
        }
        if (argv[i][0] != '-' && a->task == NULL) {
            a->task = argv[i];
            continue;
        }
        if (argv[i][0] != '-' || i + 1 == argc)
            return false;
        const char **const field = text_field(a, argv[i]);
        if (field != NULL)
            *field = argv[++i];
        else if (!number_option(a, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return a->task != NULL && a->state != NULL;
}

int main(int argc, char **argv)
{
    struct arguments a = {.batch = 100, .patience_s = 60};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_usage(stdout);
            return EXIT_SUCCESS;
        }
    }
    if (argc < 2 || strcmp(argv[1], "upload") != 0 || !read_arguments(&a, argc, argv)) {
        print_usage(stderr);
        return EXIT_WRONG_USE;
    }
    return upload(&a);
}
