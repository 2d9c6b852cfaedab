/* The noise that a party of the demo adds. The demo itself has the discrete Gaussian only; a test
 * links another choice, to see the verdict fail. */
#ifndef DEMO_MECHANISM_H
#define DEMO_MECHANISM_H

#include "noise/mechanism.h"

/* config_path: of the party that starts. */
const struct hub_mechanism *demo_mechanism(const char *config_path);

#endif
