/* hubbub-aggregator: a leader or a helper, on the system's clock. */
#include "aggregator_run.h"

#include <stdio.h>
#include <string.h>

static const char usage[] = "usage: hubbub aggregator --config FILE\n"
                            "\n"
                            "Runs the tasks of its folder as leader or as helper, until SIGTERM.\n"
                            "The file's options:\n";

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        (void)fputs(usage, stdout);
        hub_aggregator_help();
        return 0;
    }
    if (argc != 3 || strcmp(argv[1], "--config") != 0) {
        (void)fputs("hubbub aggregator: --config FILE is what it needs; see --help\n", stderr);
        return 2;
    }
    const struct hub_aggregator_env env = {.clock = hub_system_clock(),
                                           .mechanism = hub_mechanism_discrete_gaussian()};
    return hub_aggregator_run(argv[2], &env);
}
