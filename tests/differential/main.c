/* The differential fuzzer: the VDAFs of the tree, on every kernel tier of this machine, against the
 * prio crate. README.md has its use. */
#include "trial.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { DIFFERENCES_MAX = 20 };

struct options {
    const char *peer;
    uint64_t seed;
    uint64_t seconds;
    uint64_t cases; /* 0: no limit */
    bool one;       /* the case of just this seed */
};

static _Noreturn void usage(void)
{
    fprintf(stderr, "use: differential --peer PROGRAM [--seed N] [--seconds N] [--cases N]\n"
                    "                  [--case N]   plays one case, as a difference names it\n");
    exit(2);
}

static uint64_t number_of(const char *text)
{
    char *end;
    uint64_t number;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0')
        usage();
    return number;
}

static struct options read_options(int argc, char **argv)
{
    struct options o = {.seconds = 20};

    if (getrandom(&o.seed, sizeof(o.seed), 0) != sizeof(o.seed))
        exit(2);
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc)
            usage();
        if (strcmp(argv[i], "--peer") == 0) {
            o.peer = argv[i + 1];
        } else if (strcmp(argv[i], "--seed") == 0) {
            o.seed = number_of(argv[i + 1]);
        } else if (strcmp(argv[i], "--seconds") == 0) {
            o.seconds = number_of(argv[i + 1]);
        } else if (strcmp(argv[i], "--cases") == 0) {
            o.cases = number_of(argv[i + 1]);
        } else if (strcmp(argv[i], "--case") == 0) {
            o.seed = number_of(argv[i + 1]);
            o.one = true;
        } else {
            usage();
        }
    }
    if (o.peer == NULL)
        usage();
    return o;
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_tally(const struct tally *tally, double seconds, uint64_t n_asked)
{
    static const uint8_t first_own = HUB_VDAF_N_VERDICTS;

    printf("%.0f s, %" PRIu64 " questions to prio\n", seconds, n_asked);
    for (unsigned k = 0; k < SUBJECT_N_KINDS; k++)
        printf("  %-20s %9" PRIu64 " cases %10" PRIu64 " reports\n", subject_kind_name(k),
               tally->cases[k], tally->reports[k]);
    printf("  spoiled:");
    for (unsigned k = 0; k < SPOIL_N; k++)
        printf("%s %s %" PRIu64, k == 0 ? "" : ",", spoil_name(k), tally->spoiled[k]);
    printf("\n  verdicts:");
    for (unsigned v = 0; v < first_own; v++)
        printf("%s %s %" PRIu64, v == 0 ? "" : ",", hub_vdaf_verdict_name((uint8_t)v),
               tally->verdicts[v]);
    printf("\n  refused by both: parameters %" PRIu64 ", measurements %" PRIu64
           ", aggregate shares %" PRIu64 "\n",
           tally->refused_params, tally->refused_measurements, tally->refused_agg_shares);
    printf("  prio panicked %" PRIu64 " times\n", tally->panics);
    printf("  compared %" PRIu64 ", differences %" PRIu64 "\n", tally->comparisons,
           tally->differences);
}

int main(int argc, char **argv)
{
    const struct options o = read_options(argc, argv);
    struct tally tally = {0};
    struct peer peer;
    double start = now_s();
    struct dice d = {o.seed};

    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    peer_start(&peer, o.peer);
    if (o.one) {
        trial_run(&tally, &peer, o.seed, true);
    } else {
        printf("seed %" PRIu64 "\n", o.seed);
        for (uint64_t n = 0; now_s() - start < (double)o.seconds && (o.cases == 0 || n < o.cases) &&
                             tally.differences < DIFFERENCES_MAX;
             n++)
            trial_run(&tally, &peer, dice_u64(&d), false);
    }
    print_tally(&tally, now_s() - start, peer.n_asked);
    peer_stop(&peer);
    return tally.differences == 0 ? 0 : 1;
}
