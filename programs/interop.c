/* hubbub-interop: for trying hubbub against other implementations and against vectors. It is linked
 * with mechanisms that add no noise, so it is built with the tests and never installed. */
#include "interop.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *word;
    int (*run)(int argc, char **argv);
    const char *help;
} words[] = {
    {"client", hub_interop_client, "serve the test API of a client"},
    {"aggregator", hub_interop_aggregator, "serve the test API of a leader or helper"},
    {"collector", hub_interop_collector, "serve the test API of a collector"},
    {"vectors", hub_interop_vectors, "run files of DAP-18 vectors"},
};
enum { N_WORDS = sizeof(words) / sizeof(words[0]) };

static void print_help(FILE *out)
{
    (void)fprintf(out, "usage: hubbub interop WORD [ARGUMENT...]\n\n");
    for (size_t i = 0; i < N_WORDS; i++)
        (void)fprintf(out, "  %-10s %s\n", words[i].word, words[i].help);
}

int main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout);
        return 0;
    }
    for (size_t i = 0; argc >= 2 && i < N_WORDS; i++) {
        if (strcmp(argv[1], words[i].word) == 0)
            return words[i].run(argc - 1, argv + 1);
    }
    print_help(stderr);
    return 2;
}
