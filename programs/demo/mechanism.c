/* The right noise. */
#include "demo/mechanism.h"

const struct hub_mechanism *demo_mechanism(const char *config_path)
{
    (void)config_path;
    return hub_mechanism_discrete_gaussian();
}
