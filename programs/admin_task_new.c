/* `hubbub task new`: options into a statement, then the trial ceremony. */
#include "admin_task.h"

#include "base/file.h"
#include "base/text.h"
#include "crypto/random.h"
#include "operator/trial.h"
#include "statement/calibration.h"
#include "statement/date.h"
#include "task/secret.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_WRONG_USE = 2, LABELS_MAX = 1 << 20, DAY_S = 86400 };

/* All options as they were given; NULL: not given. */
struct options {
    const char *name;
    const char *out;
    const char *vdaf;
    const char *max;
    const char *length;
    const char *chunk;
    const char *max_weight;
    const char *unit;
    const char *sensitivity;
    const char *window;
    const char *grace;
    const char *release;
    const char *rho;
    const char *first_day;
    const char *days;
    const char *min_batch;
    const char *n_max;
    const char *active_windows;
    const char *labels;
    const char *population;
    const char *profile;
    const char *noise;
    const char *clock;
    const char *title;
    const char *purpose;
    const char *legal_basis;
    const char *owner;
    const char *time_zone;
    const char *leader_name;
    const char *leader_url;
    const char *helper_name;
    const char *helper_url;
    const char *collector_name;
    const char *services;
};

#define OPT(field) offsetof(struct options, field)
static const struct {
    const char *name;
    size_t offset;
    const char *help;
} table[] = {
    {"--out", OPT(out), "folder for everything that is made (must be given)"},
    {"--vdaf", OPT(vdaf), "count, sum, sumvec, histogram or multihot (sum)"},
    {"--max", OPT(max), "largest value of a report's number: sum, sumvec (1023)"},
    {"--length", OPT(length), "cells: sumvec, histogram, multihot (as many as labels)"},
    {"--chunk", OPT(chunk), "chunk length of the proof (near the root of its length)"},
    {"--max-weight", OPT(max_weight), "most cells set at once: multihot (1)"},
    {"--labels", OPT(labels), "file with one label a line, in the order of the cells"},
    {"--unit", OPT(unit), "device-day, resident-day or visit (device-day)"},
    {"--sensitivity", OPT(sensitivity), "report, or a resident's share c (report; 1 for tallies)"},
    {"--population", OPT(population), "who shares the budget (NAME)"},
    {"--profile", OPT(profile), "strict, standard or wide (standard)"},
    {"--rho", OPT(rho), "charge of a day, as 1/2048"},
    {"--noise", OPT(noise), "both, leader or helper (both)"},
    {"--window", OPT(window), "as 30m, 1h, 1d, 7d (1d; services: 1h)"},
    {"--active-windows", OPT(active_windows), "most windows a day that may say something (all)"},
    {"--grace", OPT(grace), "how long a window's reports are taken after its end (1d; 10m)"},
    {"--release", OPT(release), "grace, or HH:MM UTC (06:00 for devices, grace for services)"},
    {"--first-day", OPT(first_day), "YYYY-MM-DD (today)"},
    {"--days", OPT(days), "1 to 366 (28)"},
    {"--min-batch", OPT(min_batch), "fewest reports of a window (100 devices, 3 services)"},
    {"--n-max", OPT(n_max), "most reports of a query"},
    {"--services", OPT(services), "registered services, each with its token (0: anyone's device)"},
    {"--title", OPT(title), "shown to people (NAME)"},
    {"--purpose", OPT(purpose), "shown to people"},
    {"--legal-basis", OPT(legal_basis), "shown to people"},
    {"--owner", OPT(owner), "shown to people"},
    {"--time-zone", OPT(time_zone), "of the figures' days (UTC)"},
    {"--leader-name", OPT(leader_name), "who runs it"},
    {"--leader-url", OPT(leader_url), "(http://127.0.0.1:9001/)"},
    {"--helper-name", OPT(helper_name), "who runs it"},
    {"--helper-url", OPT(helper_url), "(http://127.0.0.1:9002/)"},
    {"--collector-name", OPT(collector_name), "who receives the totals"},
    {"--clock", OPT(clock), "real, or demo for the demo program only (real)"},
};
enum { N_OPTIONS = sizeof(table) / sizeof(table[0]) };

static void print_help(FILE *out)
{
    (void)fputs("usage: hubbub task new NAME --out DIR [OPTION...]\n"
                "Makes a task with every party's keys and files at once, for trying on this "
                "machine.\n\n",
                out);
    for (size_t i = 0; i < N_OPTIONS; i++)
        (void)fprintf(out, "  %-17s %s\n", table[i].name, table[i].help);
}

static const char **field_of(struct options *o, size_t i)
{
    return (const char **)(void *)((char *)o + table[i].offset);
}

static hub_status read_options(struct options *o, int argc, char **argv, struct hub_why *why)
{
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        if (argv[i][0] != '-' && o->name == NULL) {
            o->name = argv[i];
            continue;
        }
        while (k < N_OPTIONS && strcmp(argv[i], table[k].name) != 0)
            k++;
        if (k == N_OPTIONS)
            return hub_why(why, HUB_E_ARGUMENT, "there is no option %.60s", argv[i]);
        if (i + 1 == argc)
            return hub_why(why, HUB_E_ARGUMENT, "%s needs a value", argv[i]);
        if (*field_of(o, k) != NULL)
            return hub_why(why, HUB_E_ARGUMENT, "%s stands twice", argv[i]);
        *field_of(o, k) = argv[++i];
    }
    if (o->name == NULL || o->out == NULL)
        return hub_why(why, HUB_E_ARGUMENT, "%s is missing",
                       o->name == NULL ? "NAME" : "--out DIR");
    return HUB_OK;
}

static hub_status number(uint64_t *out, const char *text, const char *option, uint64_t min,
                         uint64_t max, struct hub_why *why)
{
    if (text == NULL || hub_u64_parse(out, hub_span_text(text), min, max) == HUB_OK)
        return HUB_OK;
    return hub_why(why, HUB_E_ARGUMENT, "%s %.40s is no number from %llu to %llu", option, text,
                   (unsigned long long)min, (unsigned long long)max);
}

static hub_status number32(uint32_t *out, const char *text, const char *option, uint64_t min,
                           uint64_t max, struct hub_why *why)
{
    uint64_t v = *out;

    HUB_TRY(number(&v, text, option, min, max, why));
    *out = (uint32_t)v;
    return HUB_OK;
}

/* "90", "90s", "30m", "1h", "7d" */
static hub_status duration(uint32_t *out, const char *text, const char *option, struct hub_why *why)
{
    static const char units[] = "smhd";
    static const uint32_t seconds[] = {1, 60, 3600, DAY_S};
    uint64_t n;

    if (text == NULL)
        return HUB_OK;
    size_t len = strlen(text);
    uint32_t unit_s = 1;
    const char *const unit = len == 0 ? NULL : strchr(units, text[len - 1]);
    if (unit != NULL) {
        unit_s = seconds[unit - units];
        len--;
    }
    if (hub_u64_parse(&n, hub_span_of(text, len), 0, UINT32_MAX / unit_s) != HUB_OK)
        return hub_why(why, HUB_E_ARGUMENT, "%s %.40s is no duration like 30m, 1h or 7d", option,
                       text);
    *out = (uint32_t)n * unit_s;
    return HUB_OK;
}

/* One of the words, as its place in the list. */
static hub_status word(unsigned *out, const char *text, const char *option,
                       const char *const *words, unsigned n, struct hub_why *why)
{
    if (text == NULL)
        return HUB_OK;
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(text, words[i]) == 0) {
            *out = i;
            return HUB_OK;
        }
    }
    return hub_why(why, HUB_E_ARGUMENT, "%s %.40s: see hubbub task new --help", option, text);
}

static hub_status text_of(char *out, size_t size, const char *given, const char *fallback,
                          const char *option, struct hub_why *why)
{
    const char *const text = given != NULL ? given : fallback;

    if (text == NULL || strlen(text) >= size)
        return hub_why(why, HUB_E_ARGUMENT, "%s has more than %zu octets", option, size - 1);
    memcpy(out, text, strlen(text) + 1);
    return HUB_OK;
}

/* The proof is shortest near the root of what it is about. */
static uint32_t chunk_for(const struct hub_statement_vdaf *v)
{
    uint64_t elements = v->length;
    uint32_t root = 1;

    if (v->circuit == HUB_CIRCUIT_SUMVEC) {
        unsigned bits = 0;
        while (bits < 64 && v->max >> bits != 0)
            bits++;
        elements *= bits;
    }
    while ((uint64_t)(root + 1) * (root + 1) <= elements)
        root++;
    return root;
}

static uint32_t count_lines(hub_span text)
{
    uint32_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == '\n';
    return n;
}

static hub_status read_vdaf(struct hub_statement_vdaf *v, const struct options *o, hub_span labels,
                            struct hub_why *why)
{
    static const char *const words[] = {"count", "sum", "sumvec", "histogram", "multihot"};
    unsigned circuit = HUB_CIRCUIT_SUM;

    HUB_TRY(word(&circuit, o->vdaf, "--vdaf", words, 5, why));
    v->circuit = (enum hub_circuit)circuit;
    if (v->circuit == HUB_CIRCUIT_SUM || v->circuit == HUB_CIRCUIT_SUMVEC) {
        v->max = 1023;
        HUB_TRY(number(&v->max, o->max, "--max", 1, INT64_MAX, why));
    }
    if (v->circuit == HUB_CIRCUIT_COUNT || v->circuit == HUB_CIRCUIT_SUM)
        return HUB_OK;
    v->length = count_lines(labels);
    HUB_TRY(number32(&v->length, o->length, "--length", 1, 1 << 20, why));
    if (v->length == 0)
        return hub_why(why, HUB_E_ARGUMENT, "%s needs --length or --labels", words[circuit]);
    if (v->circuit == HUB_CIRCUIT_MULTIHOT) {
        v->max_weight = 1;
        HUB_TRY(number32(&v->max_weight, o->max_weight, "--max-weight", 1, v->length, why));
    }
    v->chunk = chunk_for(v);
    return number32(&v->chunk, o->chunk, "--chunk", 1, 1 << 20, why);
}

/* "1/2048" in units of 2^-40 */
static hub_status read_rho(uint64_t *out, const char *text, struct hub_why *why)
{
    uint64_t denominator = 2048;

    if (text != NULL &&
        (strncmp(text, "1/", 2) != 0 ||
         hub_u64_parse(&denominator, hub_span_text(text + 2), 1, 1 << 30) != HUB_OK))
        return hub_why(why, HUB_E_ARGUMENT, "--rho %.40s must be like 1/2048", text);
    *out = HUB_RHO_ONE / denominator;
    return HUB_OK;
}

static hub_status read_sensitivity(struct hub_statement *s, const struct options *o,
                                   struct hub_why *why)
{
    const bool is_tally =
        s->vdaf.circuit == HUB_CIRCUIT_SUM || s->vdaf.circuit == HUB_CIRCUIT_SUMVEC;

    if (o->sensitivity == NULL)
        s->resident_c = s->unit != HUB_UNIT_DEVICE_DAY && is_tally ? 1 : 0;
    else if (strcmp(o->sensitivity, "report") != 0)
        return number(&s->resident_c, o->sensitivity, "--sensitivity", 1, UINT32_MAX, why);
    return HUB_OK;
}

static hub_status read_release(struct hub_statement *s, const char *text, struct hub_why *why)
{
    uint64_t h;
    uint64_t m;

    if (text == NULL)
        return HUB_OK;
    s->release_minute = -1;
    if (strcmp(text, "grace") == 0)
        return HUB_OK;
    if (strlen(text) != 5 || text[2] != ':' || text[0] < '0' || text[0] > '2' || text[1] < '0' ||
        text[1] > '9' || text[3] < '0' || text[3] > '5' || text[4] < '0' || text[4] > '9')
        return hub_why(why, HUB_E_ARGUMENT, "--release %.40s must be HH:MM or grace", text);
    h = (uint64_t)(text[0] - '0') * 10 + (uint64_t)(text[1] - '0');
    m = (uint64_t)(text[3] - '0') * 10 + (uint64_t)(text[4] - '0');
    if (h > 23)
        return hub_why(why, HUB_E_ARGUMENT, "--release %.40s: there is no such hour", text);
    s->release_minute = (int32_t)(h * 60 + m);
    return HUB_OK;
}

/* The task is a whole number of windows and begins with one. */
static hub_status read_days(struct hub_statement *s, const struct options *o, struct hub_why *why)
{
    const uint32_t window_days = s->window_s > DAY_S ? s->window_s / DAY_S : 1;
    uint32_t days = window_days > 28 ? window_days : 28 - 28 % window_days;

    s->first_day = (uint32_t)((uint64_t)time(NULL) / DAY_S);
    if (s->first_day % window_days != 0)
        s->first_day += window_days - s->first_day % window_days;
    if (o->first_day != NULL &&
        hub_date_parse(&s->first_day, hub_span_text(o->first_day)) != HUB_OK)
        return hub_why(why, HUB_E_ARGUMENT, "--first-day %.40s must be YYYY-MM-DD", o->first_day);
    HUB_TRY(number32(&days, o->days, "--days", 1, HUB_TASK_DAYS_MAX, why));
    s->last_day = s->first_day + days - 1;
    return HUB_OK;
}

static hub_status read_texts(struct hub_statement *s, const struct options *o, struct hub_why *why)
{
    HUB_TRY(text_of(s->name, sizeof(s->name), o->name, "", "NAME", why));
    HUB_TRY(text_of(s->title, sizeof(s->title), o->title, o->name, "--title", why));
    HUB_TRY(text_of(s->purpose, sizeof(s->purpose), o->purpose, "trying hubbub", "--purpose", why));
    HUB_TRY(text_of(s->legal_basis, sizeof(s->legal_basis), o->legal_basis, "none: a trial",
                    "--legal-basis", why));
    HUB_TRY(text_of(s->owner, sizeof(s->owner), o->owner, "whoever tries it", "--owner", why));
    return text_of(s->population, sizeof(s->population), o->population, o->name, "--population",
                   why);
}

static hub_status read_rules(struct hub_statement *s, const struct options *o, struct hub_why *why)
{
    static const char *const profiles[] = {"strict", "standard", "wide"};
    static const char *const noises[] = {"both", "leader", "helper"};
    static const char *const clocks[] = {"real", "demo"};
    unsigned profile = s->profile;
    unsigned noise = s->noise;
    unsigned clock_of = s->clock;

    HUB_TRY(word(&profile, o->profile, "--profile", profiles, 3, why));
    HUB_TRY(word(&noise, o->noise, "--noise", noises, 3, why));
    HUB_TRY(word(&clock_of, o->clock, "--clock", clocks, 2, why));
    s->profile = (enum hub_profile)profile;
    s->noise = (enum hub_noise_by)noise;
    s->clock = (enum hub_statement_clock)clock_of;
    HUB_TRY(duration(&s->window_s, o->window, "--window", why));
    HUB_TRY(duration(&s->grace_s, o->grace, "--grace", why));
    if (s->window_s == 0)
        return hub_why(why, HUB_E_ARGUMENT, "--window must not be 0");
    HUB_TRY(number32(&s->active_windows, o->active_windows, "--active-windows", 1, DAY_S, why));
    HUB_TRY(number(&s->min_batch, o->min_batch, "--min-batch", 1, UINT32_MAX, why));
    HUB_TRY(number(&s->n_max, o->n_max, "--n-max", 1, UINT32_MAX, why));
    HUB_TRY(read_sensitivity(s, o, why));
    HUB_TRY(read_release(s, o->release, why));
    return read_days(s, o, why);
}

static hub_status read_statement(struct hub_statement *s, const struct options *o, hub_span labels,
                                 struct hub_why *why)
{
    static const char *const units[] = {"device-day", "resident-day", "visit"};
    unsigned unit = HUB_UNIT_DEVICE_DAY;

    HUB_TRY(word(&unit, o->unit, "--unit", units, 3, why));
    hub_statement_defaults(s, (enum hub_privacy_unit)unit);
    HUB_TRY(read_texts(s, o, why));
    HUB_TRY(read_vdaf(&s->vdaf, o, labels, why));
    return read_rules(s, o, why);
}

static const char *or_else(const char *given, const char *fallback)
{
    return given != NULL ? given : fallback;
}

static hub_status make(struct hub_task **out, const struct options *o, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf labels = HUB_BUF_INIT(LABELS_MAX);
    const struct hub_rng rng = hub_system_rng();
    const struct hub_trial_parties parties = {
        .folder = o->out,
        .leader_name = or_else(o->leader_name, "Operator A (trial)"),
        .leader_url = or_else(o->leader_url, "http://127.0.0.1:9001/"),
        .helper_name = or_else(o->helper_name, "Operator B (trial)"),
        .helper_url = or_else(o->helper_url, "http://127.0.0.1:9002/"),
        .collector_name = or_else(o->collector_name, "Statistics office (trial)"),
    };
    struct hub_trial_task wanted = {.time_zone = or_else(o->time_zone, "UTC")};

    if (o->labels != NULL)
        HUB_TRY(hub_file_read(&labels, o->labels, why));
    wanted.labels = hub_buf_span(&labels);
    HUB_TRY(read_statement(&wanted.statement, o, wanted.labels, why));
    HUB_TRY(read_rho(&wanted.rho_day, o->rho, why));
    HUB_TRY(number32(&wanted.n_services, o->services, "--services", 0, HUB_SERVICES_MAX, why));
    return hub_trial_task_new(out, &parties, &wanted, &rng, why);
}

static void print_made(const struct hub_task *task, const struct options *o)
{
    hub_admin_task_describe(stdout, task);
    (void)printf("\nEverything is in %s, every party's keys among it: for trying on one machine. "
                 "Real operators\neach make their own keys on their own machine.\n\nNext:\n"
                 "  hubbub aggregator --config %s/leader/leader.ini\n"
                 "  hubbub aggregator --config %s/helper/helper.ini\n",
                 o->out, o->out, o->out);
    if (o->services != NULL && strcmp(o->services, "0") != 0)
        (void)printf(
            "  echo 7 | hubbub device upload %s/services/01/%s.task.ini --state state-01\n", o->out,
            task->name);
    else
        (void)printf("  echo 7 | hubbub device upload %s/public/%s.task.ini --state state-01\n",
                     o->out, task->name);
    (void)printf("  hubbub collector run --config %s/collector/collector.ini\n", o->out);
}

int hub_admin_task_new(int argc, char **argv)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *task = NULL;
    struct options o = {.name = NULL};
    struct hub_why why = {{0}};

    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help(stdout);
        return EXIT_SUCCESS;
    }
    hub_status status = read_options(&o, argc, argv, &why);
    if (status == HUB_OK)
        status = make(&task, &o, &why);
    if (status != HUB_OK) {
        (void)fprintf(stderr, "hubbub task new: %s\n",
                      why.text[0] != '\0' ? why.text : hub_status_text(status));
        return status == HUB_E_ARGUMENT ? EXIT_WRONG_USE : EXIT_FAILURE;
    }
    print_made(task, &o);
    return EXIT_SUCCESS;
}
