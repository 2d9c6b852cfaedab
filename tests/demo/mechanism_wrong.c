/* The demo with wrong noise at one operator: HUBBUB_TEST_HELPER_NOISE names it. */
#include "demo/mechanism.h"
#include "mechanisms.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const struct hub_mechanism *demo_mechanism(const char *config_path)
{
    const char *const wrong = getenv("HUBBUB_TEST_HELPER_NOISE");
    const bool is_helper = strstr(config_path, "/helper.ini") != NULL;
    const struct hub_mechanism *const m =
        hub_test_mechanism_by_name(is_helper && wrong != NULL ? wrong : "discrete-gaussian");

    if (m == NULL)
        abort();
    return m;
}
