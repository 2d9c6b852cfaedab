/* zCDP to (epsilon, delta) by the order that serves best (Canonne, Kamath, Steinke 2020,
 * Proposition 12). Doubles: these numbers are shown and decide nothing. */
#include "statement/conversion.h"

#include "statement/calibration.h"

#include <math.h>

/* Orders alpha = 1 + e^x that are tried: from so near to 1 that only a huge rho wants them to so
 * large that only a tiny one does. */
static const double x_least = -20;
static const double x_most = 30;
enum { GRID = 500, NARROWINGS = 80 };

typedef double (*curve)(double alpha, double rho, double other);

/* The least value: a grid, then golden sections around its best point. */
static double minimum(curve f, double rho, double other)
{
    const double golden = (sqrt(5.0) - 1) / 2;
    const double step = (x_most - x_least) / GRID;
    double best = x_least;
    double best_value = HUGE_VAL;

    for (int i = 0; i <= GRID; i++) {
        const double value = f(1 + exp(x_least + i * step), rho, other);

        if (value < best_value) {
            best_value = value;
            best = x_least + i * step;
        }
    }
    double low = best - step;
    double high = best + step;

    for (int i = 0; i < NARROWINGS; i++) {
        const double a = high - golden * (high - low);
        const double b = low + golden * (high - low);

        if (f(1 + exp(a), rho, other) < f(1 + exp(b), rho, other))
            high = b;
        else
            low = a;
    }
    return fmin(best_value, f(1 + exp(0.5 * (low + high)), rho, other));
}

static double epsilon_at(double alpha, double rho, double delta)
{
    return alpha * rho + log1p(-1 / alpha) - (log(delta) + log(alpha)) / (alpha - 1);
}

double hub_epsilon(double rho, double delta)
{
    return rho > 0 ? fmax(0, minimum(epsilon_at, rho, delta)) : 0;
}

double hub_epsilon_shown(double rho, double delta)
{
    return ceil(hub_epsilon(rho, delta) * 100) / 100;
}

static double log_delta_at(double alpha, double rho, double epsilon)
{
    return (alpha - 1) * (alpha * rho - epsilon) + alpha * log1p(-1 / alpha) - log(alpha - 1);
}

double hub_delta(double rho, double epsilon)
{
    return rho > 0 ? fmin(1, exp(minimum(log_delta_at, rho, epsilon))) : 0;
}

double hub_best_guess_percent(double rho)
{
    return 50 + 50 * fmin(sqrt(rho / 2), sqrt(-expm1(-rho)));
}

double hub_rho_of_units(uint64_t rho_units)
{
    return (double)rho_units / (double)HUB_RHO_ONE;
}
