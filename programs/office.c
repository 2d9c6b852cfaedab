/* hubbub-office: the office's pages. */
#include "office_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_WRONG_USE = 2 };

static void print_usage(FILE *out)
{
    (void)fputs("usage: hubbub office --config FILE\n"
                "Serves the figures, their downloads and the public register.\n",
                out);
}

int main(int argc, char **argv)
{
    const struct hub_clock clock = hub_system_clock();

    if (argc == 3 && strcmp(argv[1], "office") == 0 && strcmp(argv[2], "--help") == 0) {
        print_usage(stdout);
        (void)fputs("\nThe file's settings:\n", stdout);
        hub_office_help();
        return EXIT_SUCCESS;
    }
    if (argc == 4 && strcmp(argv[1], "office") == 0 && strcmp(argv[2], "--config") == 0)
        return hub_office_run(argv[3], &clock);
    print_usage(stderr);
    return EXIT_WRONG_USE;
}
