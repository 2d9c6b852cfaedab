/* hubbub-bench: what measures and checks an installation: `bench` and `vectors`. */
#include "../bench/bench_poplar1.h"
#include "../bench/bench_vdaf.h"
#include "vectors/vectors.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int print_help(FILE *out, int code)
{
    (void)fprintf(
        out,
        "usage: hubbub bench [vdaf [--tier TIER]|poplar1] [--json]\n"
        "       hubbub bench hpke|http|noise|pipeline|store [ARGUMENT...]\n"
        "       hubbub vectors FILE...\n"
        "\n"
        "bench prints microseconds a report at each step, on one core, with the kernel\n"
        "tier named; --json gives a line a step. TIER is c, avx2, avx512, avx512-ifma, neon, or\n"
        "all for those of this machine. The other benches are programs of a build\n"
        "with -Dbench=true and print JSON lines; pipeline runs leader and helper as\n"
        "processes and counts the CPU time of each.\n"
        "vectors runs files in the form of the official VDAF test vectors and prints\n"
        "`ok FILE` or `FAIL FILE: step, report, expected, got`. The VDAF is named by the\n"
        "file's name up to the first '_'. Several reports in a file are also run as one\n"
        "batch.\n"
        "Exit codes: 0 done, 1 failed, 2 wrong use.\n");
    return code;
}

/* Becomes one of the benches that a build leaves in bench/, beside the folder of this program. Does
 * nothing if there is none of this name. */
static void become_bench(const char *name, char **argv)
{
    char path[PATH_MAX];
    const ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (n <= 0)
        return;
    path[n] = '\0';
    char *const slash = strrchr(path, '/');
    if (slash == NULL)
        return;
    const size_t room = sizeof(path) - (size_t)(slash + 1 - path);
    if ((size_t)snprintf(slash + 1, room, "../bench/bench_%s", name) < room)
        (void)execv(path, argv);
}

static int run_other(const char *name, char **argv)
{
    static const char *const names[] = {"hpke", "http", "noise", "pipeline", "store"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        become_bench(name, argv);
        (void)fprintf(stderr, "hubbub bench: no %s here: it is made by meson setup -Dbench=true\n",
                      name);
        return 1;
    }
    return print_help(stderr, 2);
}

static int run_bench(int argc, char **argv)
{
    const char *name = argc > 0 && argv[0][0] != '-' ? argv[0] : "vdaf";
    bool is_vdaf = strcmp(name, "vdaf") == 0;
    const char *tier = NULL;
    bool json = false;

    if (!is_vdaf && strcmp(name, "poplar1") != 0)
        return run_other(name, argv);
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (is_vdaf && strcmp(argv[i], "--tier") == 0 && i + 1 < argc)
            tier = argv[++i];
        else if (strcmp(argv[i], name) != 0)
            return print_help(stderr, 2);
    }
    return is_vdaf ? hub_bench_vdaf(json, tier) : hub_bench_poplar1(json);
}

int main(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0)
            return print_help(stdout, 0);
    }
    if (strcmp(word, "vectors") == 0)
        return hub_vectors_main(argc - 2, argv + 2);
    if (strcmp(word, "bench") == 0)
        return run_bench(argc - 2, argv + 2);
    return print_help(stderr, 2);
}
