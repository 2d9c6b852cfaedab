/* hubbub-bench: what measures and checks an installation: `bench` and `vectors`. */
#include "../bench/bench_vdaf.h"
#include "vectors/vectors.h"

#include <stdio.h>
#include <string.h>

static int print_help(FILE *out, int code)
{
    (void)fprintf(
        out, "usage: hubbub bench [vdaf] [--json]\n"
             "       hubbub vectors FILE...\n"
             "\n"
             "bench prints microseconds a report at each step, on one core, with the kernel\n"
             "tier named; --json gives a line a step.\n"
             "vectors runs files in the form of the official VDAF test vectors and prints\n"
             "`ok FILE` or `FAIL FILE: step, report, expected, got`. The VDAF is named by the\n"
             "file's name up to the first '_'. Several reports in a file are also run as one\n"
             "batch.\n"
             "Exit codes: 0 done, 1 failed, 2 wrong use.\n");
    return code;
}

static int run_bench(int argc, char **argv)
{
    bool json = false;

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "vdaf") != 0)
            return print_help(stderr, 2);
    }
    return hub_bench_vdaf(json);
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
