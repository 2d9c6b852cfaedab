/* `hubbub task show` and `check`; `new` has a file of its own. */
#include "admin_task.h"

#include "base/file.h"
#include "base/text.h"
#include "interval/figure.h"
#include "statement/admission.h"
#include "statement/calibration.h"
#include "statement/conversion.h"
#include "statement/date.h"
#include "task/secret.h"

#include <stdlib.h>
#include <string.h>

enum { EXIT_WRONG_USE = 2, SECRET_MAX = 1 << 21, DAYS_A_YEAR = 366 };

#define DELTA 1e-9

static void print_usage(FILE *out)
{
    (void)fputs("usage: hubbub task new NAME --out DIR [OPTION...]   everything at once, on one "
                "machine, for trying\n"
                "       hubbub task show NAME.task.ini              the task in plain words, and "
                "its cost\n"
                "       hubbub task check NAME.task.ini...          do the files fit together? "
                "names the line if not\n"
                "\nhubbub task new --help lists the options.\n",
                out);
}

/* "30 minutes", "1 hour", "7 days" */
static void duration_text(char out[32], uint64_t s)
{
    static const struct {
        uint64_t s;
        const char *name;
    } units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (s % units[i].s != 0)
            continue;
        const unsigned long long n = s / units[i].s;
        (void)snprintf(out, 32, "%llu %s%s", n, units[i].name, n == 1 ? "" : "s");
        return;
    }
}

static void describe_what(FILE *out, const struct hub_task *t)
{
    const struct hub_statement *const s = &t->statement;
    char first[HUB_DATE_LEN + 1];
    char last[HUB_DATE_LEN + 1];
    char window[32];
    char grace[32];

    hub_date_format(first, s->first_day);
    hub_date_format(last, s->last_day);
    duration_text(window, t->window_s);
    duration_text(grace, t->grace_s);
    (void)fprintf(out, "%s (%s)\n", s->title, s->name);
    (void)fprintf(out, "  for            %s\n", s->purpose);
    (void)fprintf(out, "  legal basis    %s\n", s->legal_basis);
    (void)fprintf(out, "  owner          %s\n", s->owner);
    (void)fprintf(out, "  counted        %s", hub_circuit_name(s->vdaf.circuit) + strlen("prio3"));
    if (t->n_cells > 1)
        (void)fprintf(out, ", %zu cells", t->n_cells);
    if (s->vdaf.max != 0)
        (void)fprintf(out, ", each from 0 to %llu", (unsigned long long)s->vdaf.max);
    (void)fputs("\n", out);
    for (size_t i = 0; t->labels != NULL && i < t->n_cells; i++)
        (void)fprintf(out, "                 %zu %s\n", i, t->labels[i]);
    (void)fprintf(out, "  windows        of %s, from %s to %s (UTC), local time %s\n", window,
                  first, last, t->time_zone);
    (void)fprintf(out,
                  "  reports        until %s after the window's end; at least %llu, or the "
                  "window is left out\n",
                  grace, (unsigned long long)t->min_batch);
    if (s->release_minute >= 0)
        (void)fprintf(out, "  released       at %02d:%02d UTC\n", s->release_minute / 60,
                      s->release_minute % 60);
    else
        (void)fputs("  released       as soon as that time has passed\n", out);
    (void)fprintf(out, "  leader         %s, %s\n", s->leader.name, s->leader.url);
    (void)fprintf(out, "  helper         %s, %s\n", s->helper.name, s->helper.url);
    (void)fprintf(out, "  for the office %s\n", s->collector);
}

static void describe_promise(FILE *out, const struct hub_statement *s)
{
    (void)fputs("\nThe promise\n", out);
    switch (s->unit) {
    case HUB_UNIT_DEVICE_DAY:
        (void)fputs("  protects your device's day: whatever it measured, the totals of that day "
                    "would have come\n  out almost as likely had it measured anything else\n",
                    out);
        break;
    case HUB_UNIT_RESIDENT_DAY:
        (void)fprintf(out, "  protects one resident's day, up to %llu counts a window\n",
                      (unsigned long long)s->resident_c);
        break;
    case HUB_UNIT_VISIT:
        (void)fputs("  protects one visit\n", out);
        break;
    case HUB_N_UNITS:
        break;
    }
    if (s->noise != HUB_NOISE_BOTH)
        (void)fprintf(out, "  it rests on one operator alone: only the %s adds noise\n",
                      hub_noise_by_name(s->noise));
}

static void describe_cost(FILE *out, const struct hub_statement *s)
{
    const double rho = hub_rho_of_units(s->rho_day);
    const uint64_t cap = hub_profile_cap(s->profile);
    const double half =
        hub_total_half_width(s->sigma2, hub_statement_n_noises(s), 1, HUB_LEVEL_SHOWN);
    const uint32_t days = s->last_day - s->first_day + 1;
    const uint32_t days_year = days < DAYS_A_YEAR ? days : DAYS_A_YEAR;

    (void)fputs("\nNoise and cost\n", out);
    (void)fprintf(out, "  sigma2             %llu at %s\n", (unsigned long long)s->sigma2,
                  s->noise == HUB_NOISE_BOTH ? "each of the two aggregators" : "one aggregator");
    (void)fprintf(out, "  a window's total   +- %.0f at 95 %%\n", half);
    (void)fprintf(out, "  charge of a day    rho %.6f (%llu / 2^40)\n", rho,
                  (unsigned long long)s->rho_day);
    (void)fprintf(out, "  of the day's cap   %.1f %% (profile %s, population %s)\n",
                  100.0 * (double)s->rho_day / (double)cap, hub_profile_name(s->profile),
                  s->population);
    (void)fprintf(out, "  epsilon of a day   %.2f at delta 1e-9\n", hub_epsilon_shown(rho, DELTA));
    (void)fprintf(out, "  epsilon of %u days %.2f; of a whole year like it %.2f\n", days,
                  hub_epsilon_shown(rho * days_year, DELTA),
                  hub_epsilon_shown(rho * DAYS_A_YEAR, DELTA));
    (void)fprintf(out,
                  "  the best guess between two stories of a day is right in at most %.1f of 100 "
                  "tries\n",
                  hub_best_guess_percent(rho));
}

void hub_admin_task_describe(FILE *out, const struct hub_task *task)
{
    char id[HUB_BASE64URL_LEN(HUB_TASK_ID_LEN) + 1];

    hub_base64url_encode(id, HUB_SPAN_ARRAY(task->id.bytes));
    describe_what(out, task);
    describe_promise(out, &task->statement);
    describe_cost(out, &task->statement);
    (void)fprintf(out, "\nTask id %s\n", id);
}

static int show(int argc, char **argv)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *task = NULL;
    struct hub_why why = {{0}};

    if (argc != 2) {
        print_usage(stderr);
        return EXIT_WRONG_USE;
    }
    if (hub_task_load(&task, argv[1], hub_file_read, &why) != HUB_OK) {
        (void)fprintf(stderr, "%s\n", why.text);
        return EXIT_FAILURE;
    }
    hub_admin_task_describe(stdout, task);
    return EXIT_SUCCESS;
}

/* NAME.leader.ini and so on, where it lies beside the task: it must be the task's. HUB_E_NOT_FOUND:
 * there is none. */
static hub_status check_secret(const char *path, const char *ending, enum hub_role role,
                               const struct hub_task *task, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_MAX);
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret secret = {.services = NULL};
    char secret_path[4096];
    const int stem = (int)(strlen(path) - strlen(".task.ini"));

    (void)snprintf(secret_path, sizeof(secret_path), "%.*s%s", stem, path, ending);
    HUB_TRY(hub_file_read(&text, secret_path, why));
    HUB_TRY(hub_task_secret_parse(&secret, hub_buf_span(&text), secret_path, why));
    if (secret.role != role)
        return hub_why(why, HUB_E_CONFIG, "%.200s: its role is that of another file", secret_path);
    if (memcmp(&secret.task_id, &task->id, sizeof(task->id)) != 0)
        return hub_why(why, HUB_E_CONFIG, "%.200s: it belongs to another task", secret_path);
    if ((role == HUB_ROLE_LEADER || role == HUB_ROLE_HELPER) &&
        secret.verification_key_id != task->verification_key_id)
        return hub_why(why, HUB_E_CONFIG, "%.200s: verification-key-id must be %u", secret_path,
                       (unsigned)task->verification_key_id);
    return HUB_OK;
}

static int check_one(const char *path)
{
    static const struct {
        const char *ending;
        enum hub_role role;
    } secrets[] = {{".leader.ini", HUB_ROLE_LEADER},
                   {".helper.ini", HUB_ROLE_HELPER},
                   {".collector.ini", HUB_ROLE_COLLECTOR},
                   {".service.ini", HUB_ROLE_CLIENT}};
    HUB_CLEANUP(hub_task_free_at) struct hub_task *task = NULL;
    struct hub_why why = {{0}};

    if (hub_task_load(&task, path, hub_file_read, &why) != HUB_OK) {
        (void)fprintf(stderr, "%s\n", why.text);
        return EXIT_FAILURE;
    }
    (void)printf("ok %s: statement, task file%s fit together\n", path,
                 task->labels != NULL ? " and labels" : "");
    for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
        const hub_status status =
            check_secret(path, secrets[i].ending, secrets[i].role, task, &why);
        if (status == HUB_E_NOT_FOUND)
            continue;
        if (status != HUB_OK) {
            (void)fprintf(stderr, "%s\n", why.text);
            return EXIT_FAILURE;
        }
        (void)printf("ok the party's secrets beside it (*%s)\n", secrets[i].ending);
    }
    return EXIT_SUCCESS;
}

static int check(int argc, char **argv)
{
    int code = EXIT_SUCCESS;

    if (argc < 2) {
        print_usage(stderr);
        return EXIT_WRONG_USE;
    }
    for (int i = 1; i < argc; i++) {
        if (check_one(argv[i]) != EXIT_SUCCESS)
            code = EXIT_FAILURE;
    }
    return code;
}

int hub_admin_task(int argc, char **argv)
{
    if (argc >= 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_usage(stdout);
        return EXIT_SUCCESS;
    }
    if (argc >= 2 && strcmp(argv[1], "new") == 0)
        return hub_admin_task_new(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "show") == 0)
        return show(argc - 1, argv + 1);
    if (argc >= 2 && strcmp(argv[1], "check") == 0)
        return check(argc - 1, argv + 1);
    print_usage(stderr);
    return EXIT_WRONG_USE;
}
