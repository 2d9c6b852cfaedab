/* rho as numbers that people know. For display only: nothing is decided by them. */
#ifndef STATEMENT_CONVERSION_H
#define STATEMENT_CONVERSION_H

#include "base/status.h"

#include <stdint.h>

/* epsilon(rho, delta) of zCDP by the optimal order; 0 for rho 0. */
double hub_epsilon(double rho, double delta);
/* The same, rounded up to two decimals. */
double hub_epsilon_shown(double rho, double delta);
/* The smallest delta at which rho gives epsilon. */
double hub_delta(double rho, double epsilon);
/* How often in 100 tries the best guess between two stories of a day is right: 50 to 100. */
double hub_best_guess_percent(double rho);
double hub_rho_of_units(uint64_t rho_units);

#endif
