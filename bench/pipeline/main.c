/* What a report costs from the device to both operators' buckets: real leader and helper processes,
 * SQLite or PostgreSQL on a disk, every upload durable before it is acknowledged. Each case begins
 * with empty folders and ends with one collection, whose totals must be right.
 *
 *   bench_pipeline [--case NAME] [--reports N] [--dir DIR] [--program FILE]
 *                  [--database sqlite|postgresql] [--leaders 1|2] [--tls none|own|haproxy]
 *                  [--ids N]
 *
 * With postgresql a server is started, on which each party has a database; the CPU time of all its
 * processes is in the figures. With two leaders the uploads go to two processes in turn. With TLS
 * devices, leader, helper and collector speak https, to the aggregators themselves or to HAProxy in
 * front of them, whose CPU time is in the figures, too.
 *
 * Cases: live (devices make the reports meanwhile, on the same cores), prepared (reports made
 * beforehand, upload and aggregation at once), upload (100 a request, nothing aggregated),
 * aggregate (what upload left), upload-one (one a request over kept connections). By name only: ids
 * (prepared, on an empty store and on one that has so many ids), collect (how long a ready batch of
 * Histogram(1000) takes from the collector's request to its total), prepared-collect (the same of
 * Histogram(100), with reports made beforehand). One JSON line each; CPU time is
 * the aggregators' own by the kernel's accounts. */
#include "base/text.h"
#include "pipeline/cases.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { EXIT_SKIPPED = 77 };

struct options {
    const char *only; /* a case's name, or NULL */
    struct pipeline_wanted wanted;
    char program[PIPELINE_PATH_MAX];
};

/* Beside this program, as the build leaves it: ../programs/hubbub-demo. */
static bool find_program(char out[PIPELINE_PATH_MAX])
{
    static const char beside[] = "../programs/hubbub-demo";
    const ssize_t n = readlink("/proc/self/exe", out, PIPELINE_PATH_MAX - sizeof(beside));

    if (n <= 0)
        return false;
    out[n] = '\0';
    char *const slash = strrchr(out, '/');
    if (slash == NULL)
        return false;
    memcpy(slash + 1, beside, sizeof(beside));
    return true;
}

static bool read_number(uint64_t *out, const char *text, uint64_t least, uint64_t most)
{
    return hub_u64_parse(out, hub_span_text(text), least, most) == HUB_OK;
}

/* One option with its value. */
static bool read_option(struct options *o, const char *name, const char *value)
{
    struct pipeline_options *const place = &o->wanted.place;
    uint64_t n = 0;

    if (strcmp(name, "--case") == 0) {
        o->only = value;
        return true;
    }
    if (strcmp(name, "--dir") == 0) {
        place->parent = value;
        return true;
    }
    if (strcmp(name, "--program") == 0) {
        (void)snprintf(o->program, sizeof(o->program), "%s", value);
        return true;
    }
    if (strcmp(name, "--database") == 0) {
        place->on_postgres = strcmp(value, "postgresql") == 0;
        return place->on_postgres || strcmp(value, "sqlite") == 0;
    }
    if (strcmp(name, "--leaders") == 0) {
        const bool is_one = read_number(&n, value, 1, 2);
        place->n_leaders = (unsigned)n;
        return is_one;
    }
    if (strcmp(name, "--tls") == 0)
        return pipeline_tls_parse(&place->tls, value);
    if (strcmp(name, "--ids") == 0)
        return read_number(&o->wanted.n_stored, value, 1000, 100000000);
    if (strcmp(name, "--reports") == 0) {
        const bool is_good = read_number(&n, value, 100, 10000000);
        o->wanted.n_reports = (size_t)n;
        return is_good;
    }
    return false;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    const struct pipeline_options *const place = &o->wanted.place;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0) /* it is what is printed anyway */
            continue;
        if (i + 1 == argc || !read_option(o, argv[i], argv[i + 1]))
            return false;
        i++;
    }
    o->wanted.place.program = o->program;
    /* one file has one process; what the first leader left is not looked for among two; and a
     * second one has no proxy in front */
    return place->n_leaders < 2 || (place->on_postgres && place->tls == PIPELINE_TLS_NONE &&
                                    o->only != NULL && strcmp(o->only, "prepared") == 0);
}

static bool is_wanted(const struct options *o, const struct pipeline_case *c)
{
    return o->only == NULL ? !c->by_name_only : strcmp(o->only, c->name) == 0;
}

static int run_all(const struct options *o)
{
    size_t n_run = 0;

    for (size_t i = 0; i < pipeline_n_cases; i++) {
        const struct pipeline_case *const c = &pipeline_cases[i];
        struct hub_why why = {{0}};
        if (!is_wanted(o, c))
            continue;
        n_run++;
        const hub_status status = c->run(c, &o->wanted, &why);
        if (status != HUB_OK) {
            (void)fprintf(stderr, "bench_pipeline: %s: %s\n", c->name,
                          why.text[0] != '\0' ? why.text : hub_status_text(status));
            return 1;
        }
    }
    return n_run == 0 ? 2 : 0;
}

int main(int argc, char **argv)
{
    /* on a disk, where /tmp may be memory */
    struct options o = {
        .wanted = {.place = {.parent = "/var/tmp", .n_leaders = 1}, .n_stored = 10000000}};

    (void)signal(SIGPIPE, SIG_IGN);
    if (!find_program(o.program) || !read_options(&o, argc, argv)) {
        (void)fputs(
            "usage: bench_pipeline [--case live|prepared|upload|upload-one|ids|collect|\n"
            "                             prepared-collect]\n"
            "                      [--reports 100..10000000] [--dir DIR] [--program FILE]\n"
            "                      [--database sqlite|postgresql] [--tls none|own|haproxy]\n"
            "                      [--ids 1000..100000000]\n"
            "       bench_pipeline --case prepared --database postgresql --leaders 2\n",
            stderr);
        return 2;
    }
    if (o.wanted.place.tls == PIPELINE_TLS_HAPROXY && !pipeline_haproxy_is_there()) {
        (void)fputs("bench_pipeline: skipped: HAProxy is not installed\n", stderr);
        return EXIT_SKIPPED;
    }
    return run_all(&o);
}
