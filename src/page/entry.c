/* The parts of a register entry, in the order in which people ask: what, what for, how safe, who,
 * how noisy, and last the numbers for those who want them. */
#include "interval/figure.h"
#include "page/register_internal.h"
#include "page/words.h"
#include "statement/admission.h"
#include "statement/calibration.h"
#include "statement/conversion.h"

#include <inttypes.h>
#include <math.h>

#define DELTA       1e-9
#define DAYS_A_YEAR 366

/* ---- what ---- */

static void write_fact(struct hub_html *h, const char *name, const char *value)
{
    hub_html_format(h, "<div><dt>%s</dt><dd>", name);
    hub_html_text(h, value);
    hub_html_raw(h, "</dd></div>");
}

void hub_entry_write_what(struct hub_html *h, const struct hub_entry *e)
{
    char length[HUB_MOMENT_MAX];
    char from[HUB_MOMENT_MAX];
    char until[HUB_MOMENT_MAX];
    const struct hub_series_measure *words = &e->measure->words;

    hub_length_words(length, e->task->window_s);
    hub_moment_day(from, e->zone, e->task->first_s);
    hub_moment_day(until, e->zone, e->task->end_s - 1);
    hub_html_raw(h, "<p class=\"kicker\"><a href=\"/register\">What is counted</a><span"
                    " aria-hidden=\"true\"> / </span>");
    hub_html_text(h, e->task->name);
    if (words->made_up)
        hub_html_raw(h, " <span class=\"tag\">made-up figures</span>");
    hub_html_raw(h, "</p><h1>");
    hub_html_text(h, words->title);
    hub_html_raw(h, "</h1><p class=\"lead\">");
    hub_html_print(h, "How many %s there are in each %s, as one total%s. ", words->unit, length,
                   words->n_cells > 1 ? " for each of the parts below" : "");
    hub_html_raw(h, "Never a name, a number, a device, a path or a score.</p><dl class=\"facts\">");
    if (e->is_readable) {
        write_fact(h, "For", e->statement.purpose);
        write_fact(h, "Asked by", e->statement.owner);
        write_fact(h, "Legal basis", e->statement.legal_basis);
    }
    write_fact(h, "From", from);
    write_fact(h, "Until", until);
    if (words->n_cells > 1) {
        hub_html_raw(h, "<div><dt>Parts</dt><dd>");
        for (size_t i = 0; i < words->n_cells; i++) {
            if (i != 0)
                hub_html_raw(h, ", ");
            hub_html_text(h, words->cells[i]);
        }
        hub_html_raw(h, "</dd></div>");
    }
    hub_html_raw(h, "</dl><p><a href=\"/measure/");
    hub_html_text(h, words->name);
    hub_html_raw(h, "\">See the figures</a></p><h2>What cannot be known</h2><p>");
    /* The number of devices that report is public, so a device's taking part is not hidden. */
    if (e->is_readable && e->statement.unit == HUB_UNIT_DEVICE_DAY)
        hub_html_raw(h, "What your device said on any day, or that it had nothing to say; it is not"
                        " hidden that it takes part.");
    else
        hub_html_raw(h, "Who was counted; whether you were; where anybody came from or went; what"
                        " one report said.");
    hub_html_raw(h, " Not by the city, not by either operator alone, not by somebody who steals a"
                    " copy of one operator’s machine.</p>");
}

/* ---- the promise ---- */

/* Whose day or visit the odds are about. */
static const char *story_of(enum hub_privacy_unit unit)
{
    switch (unit) {
    case HUB_UNIT_DEVICE_DAY:
        return "your device’s day";
    case HUB_UNIT_RESIDENT_DAY:
        return "one resident’s day";
    case HUB_UNIT_VISIT:
    case HUB_N_UNITS:
        break;
    }
    return "one visit";
}

void hub_entry_write_promise(struct hub_html *h, const struct hub_entry *e)
{
    char promise[HUB_WORDS_MAX];
    double rho = hub_rho_of_units(e->task->rho_day);
    double day = hub_best_guess_percent(rho);

    if (!e->is_readable)
        return;
    hub_words_promise(promise, &e->statement);
    hub_html_raw(h, "<h2>What this promises</h2><p>");
    hub_html_print(h,
                   "This count %s. If somebody knew everything else and guessed between two stories"
                   " about %s, the best guess is right at most %.1f times in 100.",
                   promise, story_of(e->statement.unit), day);
    if (e->statement.unit != HUB_UNIT_VISIT)
        hub_html_print(h, " Over a whole year: %.1f.", hub_best_guess_percent(DAYS_A_YEAR * rho));
    hub_html_raw(h, " A coin is right 50 times.</p>");
    hub_part_odds(h, day, "Of a hundred guesses");
    if (e->statement.unit == HUB_UNIT_RESIDENT_DAY) {
        hub_html_raw(h, "<p>");
        hub_html_print(h,
                       "That one resident adds at most %" PRIu64 " to a window, over all places"
                       " and services together, is an assumption about people. For somebody who"
                       " adds k times as much, the promise is weaker by k².",
                       e->statement.resident_c);
        hub_html_raw(h, "</p>");
    } else if (e->statement.unit == HUB_UNIT_VISIT) {
        hub_html_raw(h, "<p>Somebody who is counted at P places in one window is protected less,"
                        " by P²; each visit by itself as said.</p>");
    }
}

/* ---- who ---- */

void hub_entry_write_operators(struct hub_html *h, const struct hub_entry *e)
{
    hub_html_raw(h, "<h2>Who adds it up</h2><p>Two operators that are independent of each other."
                    " Each alone holds numbers without meaning; both would have to cheat together"
                    " to learn what one report said.</p><dl class=\"facts\">");
    write_fact(h, "First operator", e->task->leader_name);
    write_fact(h, "reached at", e->task->leader_url);
    write_fact(h, "Second operator", e->task->helper_name);
    write_fact(h, "reached at", e->task->helper_url);
    if (e->is_readable)
        write_fact(h, "Receives totals", e->statement.collector);
    hub_html_raw(h, "</dl>");
    if (e->is_readable && e->statement.noise != HUB_NOISE_BOTH)
        hub_html_format(h,
                        "<p>Only the %s operator adds noise: the promise rests on that one"
                        " alone.</p>",
                        e->statement.noise == HUB_NOISE_LEADER ? "first" : "second");
}

/* ---- the noise ---- */

hub_status hub_entry_write_noise(struct hub_office *o, struct hub_html *h,
                                 const struct hub_entry *e)
{
    char text[HUB_FIGURE_TEXT_MAX];
    struct hub_series_point *points;
    size_t n;
    double half = hub_half_width((double)e->task->variance);
    uint64_t end =
        e->task->end_s < e->measure->known_until ? e->task->end_s : e->measure->known_until;
    uint64_t from = end > 8 * e->task->window_s ? end - 8 * e->task->window_s : 0;

    HUB_TRY(hub_series_points(o->series, &o->arena, &points, &n, e->measure->id, 0, from, end));
    double total = n == 0 ? 1000 : fmax(0, (double)points[n - 1].total);
    hub_number_format(text, hub_figure_ceil(half), 0, &hub_number_english);
    hub_html_raw(h, "<h2>How noisy that is</h2><p>");
    hub_html_print(h, "This chart cannot see fewer than %s %s. ", text, e->measure->words.unit);
    hub_html_raw(h, "Below, one and the same total, with the noise drawn twenty times. The line is"
                    " the total, the mark what is published, the band holds 19 in 20.</p>");
    hub_part_noise(h, "draws", total, (double)e->task->variance, e->measure->words.unit);
    return HUB_OK;
}

/* ---- the numbers ---- */

void hub_entry_write_numbers(struct hub_html *h, const struct hub_entry *e)
{
    double rho = hub_rho_of_units(e->task->rho_day);

    hub_html_raw(h, "<details class=\"numbers\"><summary>The promise as mathematics</summary>"
                    "<p>For any one unit, whatever it measured, the totals would have come out"
                    " almost as likely had it measured anything else. It holds against everybody"
                    " but both operators together, and does not hide that you take part.</p>"
                    "<dl class=\"facts\">");
    hub_html_format(h, "<div><dt>rho a day</dt><dd>%.6f (zCDP)</dd></div>", rho);
    hub_html_format(h, "<div><dt>epsilon a day</dt><dd>%.2f at delta 10<sup>-9</sup></dd></div>",
                    hub_epsilon_shown(rho, DELTA));
    hub_html_format(h, "<div><dt>epsilon a year</dt><dd>%.2f at delta 10<sup>-9</sup></dd></div>",
                    hub_epsilon_shown(DAYS_A_YEAR * rho, DELTA));
    write_fact(h, "unit", e->task->unit);
    hub_html_raw(h, "<div><dt>neighbours</dt><dd>substitution: one unit’s values replaced by any"
                    " others</dd></div><div><dt>noise</dt><dd>discrete Gaussian, from each"
                    " operator</dd></div>");
    hub_html_format(h, "<div><dt>sigma² of one</dt><dd>%" PRIu64 "</dd></div>", e->task->sigma2);
    hub_html_format(h, "<div><dt>variance released</dt><dd>%" PRIu64 "</dd></div>",
                    e->task->variance);
    write_fact(h, "function", e->task->vdaf);
    write_fact(h, "task", e->task->task_id);
    hub_html_raw(h, "</dl><p><a href=\"/register/");
    hub_html_text(h, e->task->name);
    hub_html_raw(h, "/statement\">The statement that both operators and every device hold</a></p>"
                    "</details>");
}
