/* hubbub-bench: what measures and checks an installation: `vectors` and `bench`. */
#include "vectors/vectors.h"

#include <stdio.h>
#include <string.h>

static int print_help(FILE *out, int code)
{
    (void)fprintf(out,
                  "usage: hubbub vectors FILE...\n"
                  "\n"
                  "Runs files in the form of the official VDAF test vectors and prints `ok FILE`\n"
                  "or `FAIL FILE: step, report, expected, got`. The VDAF is named by the file's\n"
                  "name up to the first '_'. Several reports in a file are also run as one batch.\n"
                  "Exit codes: 0 all passed, 1 one failed, 2 wrong use.\n");
    return code;
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
    return print_help(stderr, 2);
}
