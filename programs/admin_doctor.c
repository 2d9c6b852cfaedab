/* What is wrong with a machine, and what to do about it. */
#include "admin_doctor.h"

#include "doctor/bundle.h"
#include "doctor/checks.h"

#include <stdlib.h>
#include <string.h>

enum { EXIT_WRONG_USE = 2 };

static void print_usage(FILE *out)
{
    (void)fputs(
        "usage: hubbub doctor --config FILE [--json] [--bundle FILE]\n\n"
        "Looks at the clock, keys, tasks, disk, database, certificate, and at the other\n"
        "parties, beside the running program or before its start, and changes nothing.\n"
        "  --config FILE  of an aggregator, a collector or an office\n"
        "  --json         one object a line\n"
        "  --bundle FILE  of an aggregator: writes what whoever helps needs to know, without\n"
        "                 secrets\n",
        out);
}

static void check_all(struct doctor *d)
{
    doctor_check_clock(d);
    doctor_check_keys(d);
    doctor_check_tasks(d);
    doctor_check_disk(d);
    doctor_check_database(d);
    doctor_check_tls(d);
    doctor_check_peers(d);
    doctor_check_running(d);
}

static void examine_aggregator(struct doctor *d, const char *config, const char *bundle)
{
    struct hub_why why = {0};

    const hub_status status = aggregator_config_load(&d->config, config, &why);
    if (status == HUB_OK) {
        finding_add(&d->findings, FINDING_OK, "config", NULL, "%s", config);
        check_all(d);
    } else {
        finding_add(&d->findings, FINDING_FAIL, "config",
                    "hubbub aggregator --help lists the names", "%s", why.text);
    }
    if (bundle != NULL && status == HUB_OK &&
        doctor_write_bundle(d, config, bundle, &why) != HUB_OK)
        finding_add(&d->findings, FINDING_FAIL, "bundle", NULL, "%s", why.text);
    for (size_t i = 0; i < d->n_tasks; i++)
        hub_task_free(d->tasks[i]);
}

static int examine(struct doctor *d, const char *config, const char *bundle)
{
    const enum doctor_kind kind = doctor_kind_of(config);

    if (kind == DOCTOR_COLLECTOR)
        doctor_examine_collector(&d->findings, config);
    else if (kind == DOCTOR_OFFICE)
        doctor_examine_office(&d->findings, config);
    else
        examine_aggregator(d, config, bundle);
    if (bundle != NULL && kind != DOCTOR_AGGREGATOR)
        finding_add(&d->findings, FINDING_FAIL, "bundle", NULL, "is made of aggregators only");
    if (!d->findings.is_json)
        (void)fprintf(d->findings.out, "%u ok, %u to look at, %u wrong\n",
                      d->findings.n[FINDING_OK], d->findings.n[FINDING_WARN],
                      d->findings.n[FINDING_FAIL]);
    return d->findings.n[FINDING_FAIL] == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int hub_admin_doctor(int argc, char **argv)
{
    const char *config = NULL;
    const char *bundle = NULL;
    bool is_json = false;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_usage(stdout);
            return EXIT_SUCCESS;
        }
        if (strcmp(argv[i], "--json") == 0) {
            is_json = true;
        } else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            config = argv[++i];
        } else if (strcmp(argv[i], "--bundle") == 0 && i + 1 < argc) {
            bundle = argv[++i];
        } else {
            print_usage(stderr);
            return EXIT_WRONG_USE;
        }
    }
    if (config == NULL) {
        print_usage(stderr);
        return EXIT_WRONG_USE;
    }
    struct doctor *const d = calloc(1, sizeof(*d));
    if (d == NULL)
        return EXIT_FAILURE;
    d->findings = (struct findings){.out = stdout, .is_json = is_json};
    const int code = examine(d, config, bundle);
    free(d);
    return code;
}
