/* Statements that are being made, and what follows from one that is. */
#include "statement/calibration.h"

enum { DAY_S = 86400 };

void hub_statement_defaults(struct hub_statement *s, enum hub_privacy_unit unit)
{
    const bool has_devices = unit == HUB_UNIT_DEVICE_DAY;

    *s = (struct hub_statement){
        .unit = unit,
        .noise = HUB_NOISE_BOTH,
        .window_s = has_devices ? DAY_S : DAY_S / 24,
        .grace_s = has_devices ? DAY_S : 600,
        .release_minute = has_devices ? 6 * 60 : -1,
        .rho_day = HUB_RHO_ONE / 2048,
        .min_batch = has_devices ? 100 : 3,
        .n_max = 100000000,
        .profile = HUB_PROFILE_STANDARD,
        .clock = HUB_STATEMENT_CLOCK_REAL,
    };
}

hub_status hub_statement_complete(struct hub_statement *s, uint64_t rho_day_wanted,
                                  struct hub_why *why)
{
    struct hub_statement done = *s;
    struct hub_why what = {""};
    enum hub_statement_key key = HUB_KEY_STATEMENT;

    if (done.active_windows == 0)
        done.active_windows = hub_windows_a_day(done.window_s);
    if (done.resident_c != 0) {
        done.resident_cells = hub_statement_n_cells(&done);
        HUB_TRY(hub_sensitivity_resident(&done.delta2, done.resident_c, done.resident_cells, why));
    } else {
        HUB_TRY(hub_sensitivity_report(&done.delta2, &done.vdaf, why));
    }
    const uint32_t w = hub_charged_windows(done.unit, done.window_s, done.active_windows);

    if (hub_calibrate_sigma2(&done.sigma2, w, done.delta2, rho_day_wanted) != HUB_OK ||
        hub_charge(&done.rho_day, w, done.delta2, done.sigma2) != HUB_OK ||
        /* The charge is rounded up, so a little less noise may cost the same: then that is the
         * noise that aggregators recompute from it. Its charge is again the same. */
        hub_calibrate_sigma2(&done.sigma2, w, done.delta2, done.rho_day) != HUB_OK)
        return hub_why(why, HUB_E_REFUSED,
                       "this charge of a day needs more noise than can be drawn: more rho or a "
                       "smaller range");
    if (hub_statement_check(&done, &key, &what) != HUB_OK)
        return hub_why(why, HUB_E_REFUSED, "%s: %.240s", hub_statement_key_name(key), what.text);
    *s = done;
    return HUB_OK;
}

uint32_t hub_statement_n_cells(const struct hub_statement *s)
{
    return s->vdaf.circuit == HUB_CIRCUIT_COUNT || s->vdaf.circuit == HUB_CIRCUIT_SUM
               ? 1
               : s->vdaf.length;
}

unsigned hub_statement_n_noises(const struct hub_statement *s)
{
    return s->noise == HUB_NOISE_BOTH ? 2 : 1;
}

bool hub_statement_adds_noise(const struct hub_statement *s, bool is_leader)
{
    return s->noise == HUB_NOISE_BOTH || (s->noise == HUB_NOISE_LEADER) == is_leader;
}

uint64_t hub_statement_start_s(const struct hub_statement *s)
{
    return (uint64_t)s->first_day * DAY_S;
}

uint64_t hub_statement_end_s(const struct hub_statement *s)
{
    return ((uint64_t)s->last_day + 1) * DAY_S;
}
