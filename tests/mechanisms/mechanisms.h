/* Wrong noise and no noise, to show that what must notice notices. Linked into test programs and
 * hubbub-interop only; a test looks for these symbols, and for the words "test mechanism", in
 * whatever is installed. */
#ifndef TESTS_MECHANISMS_H
#define TESTS_MECHANISMS_H

#include "noise/mechanism.h"

const struct hub_mechanism *hub_test_mechanism_none(void);
/* sigma2 halved or doubled: sigma for sigma2's neighbours, or one party's own idea. */
const struct hub_mechanism *hub_test_mechanism_half_variance(void);
const struct hub_mechanism *hub_test_mechanism_double_variance(void);
/* sigma where sigma2 belongs. */
const struct hub_mechanism *hub_test_mechanism_root(void);
/* One draw for all cells; and noise on the first cell only. */
const struct hub_mechanism *hub_test_mechanism_one_draw(void);
const struct hub_mechanism *hub_test_mechanism_first_cell(void);
/* Randomness that never comes. */
const struct hub_mechanism *hub_test_mechanism_failing(void);

/* "none", "half-variance", "double-variance", "root", "one-draw", "first-cell", "failing", and
 * "discrete-gaussian" for the right one. NULL for other names. For one party only, give the other
 * the right one. */
const struct hub_mechanism *hub_test_mechanism_by_name(const char *name);

#endif
