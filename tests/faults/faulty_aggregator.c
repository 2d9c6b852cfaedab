/* The aggregator program as it is, on a stepped clock, with the mechanism that adds nothing, and
 * with a page on which a test says what goes wrong (fault_page.h). Never installed. */
#include "aggregator_run.h"
#include "fault_page.h"
#include "mechanisms.h"
#include "sim/stepped_clock.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    struct hub_stepped_clock clock = {NULL};
    struct hub_why why = {0};

    if (argc != 5) {
        (void)fputs("usage: faulty_aggregator CONFIG CLOCK MECHANISM FAULTS\n", stderr);
        return 2;
    }
    if (hub_stepped_clock_open(&clock, argv[2], &why) != HUB_OK ||
        fault_page_open(argv[4], &why) != HUB_OK) {
        (void)fprintf(stderr, "%s\n", why.text);
        return 1;
    }
    const struct hub_aggregator_env env = {.clock = hub_stepped_clock_of(&clock),
                                           .clock_is_demo = true,
                                           .mechanism = hub_test_mechanism_by_name(argv[3])};
    int code = env.mechanism == NULL ? 2 : hub_aggregator_run(argv[1], &env);
    hub_stepped_clock_close(&clock);
    return code;
}
