/* The public register: what is counted, for which purpose, by whom, at what cost, and what cannot
 * be known. Every number is computed from the task's statement. */
#include "page/register_internal.h"

#include "page/words.h"
#include "statement/admission.h"
#include "statement/calibration.h"
#include "statement/conversion.h"

#include <inttypes.h>
#include <stdio.h>

hub_status hub_entry_load(struct hub_office *o, struct hub_entry *out, const struct hub_measure *m,
                          const struct hub_series_task *t)
{
    struct hub_entry e = {.measure = m, .task = t};

    /* A statement that this version can't read still has its facts beside it. */
    e.is_readable = hub_statement_parse(&e.statement, hub_span_text(t->statement), NULL) == HUB_OK;
    HUB_TRY(hub_office_zone(o, &e.zone, m->words.time_zone));
    *out = e;
    return HUB_OK;
}

/* ---- populations ---- */

/* The task of each measure's chain that counts last; chains don't overlap themselves. */
static const struct hub_series_task *current_task(const struct hub_measure *m)
{
    return m->n_tasks == 0 ? NULL : &m->tasks[m->n_tasks - 1].facts;
}

static uint64_t cap_of(const char *profile)
{
    for (unsigned i = 0; i < HUB_N_PROFILES; i++) {
        if (strcmp(profile, hub_profile_name((enum hub_profile)i)) == 0)
            return hub_profile_cap((enum hub_profile)i);
    }
    return hub_profile_cap(HUB_PROFILE_STANDARD);
}

/* One bar: the day's cap, and each task's share of it, labelled beside the bar. */
static void write_budget(struct hub_html *h, const struct hub_measure *measures, size_t n,
                         const struct hub_series_task *of)
{
    uint64_t cap = cap_of(of->profile);
    double at = 0;

    hub_html_raw(h, "<div class=\"budget\"><svg width=\"100%\" height=\"24\" role=\"img\""
                    " aria-label=\"Share of the day’s privacy budget\">"
                    "<rect class=\"room\" width=\"100%\" height=\"24\"/>");
    for (size_t i = 0; i < n; i++) {
        const struct hub_series_task *t = current_task(&measures[i]);
        if (t == NULL || strcmp(t->population, of->population) != 0)
            continue;
        double share = 100.0 * (double)t->rho_day / (double)cap;
        hub_html_format(h, "<rect class=\"spent\" height=\"24\" x=\"%.2f%%\" width=\"%.2f%%\"/>",
                        at, share);
        at += share;
    }
    hub_html_raw(h, "</svg><ul>");
    for (size_t i = 0; i < n; i++) {
        const struct hub_series_task *t = current_task(&measures[i]);
        if (t == NULL || strcmp(t->population, of->population) != 0)
            continue;
        hub_html_raw(h, "<li><a href=\"/register/");
        hub_html_text(h, t->name);
        hub_html_raw(h, "\">");
        hub_html_text(h, measures[i].words.title);
        hub_html_format(h, "</a> <span>%.0f %%</span></li>",
                        100.0 * (double)t->rho_day / (double)cap);
    }
    hub_html_format(h, "<li>left <span>%.0f %%</span></li></ul></div>", at > 100 ? 0 : 100 - at);
}

/* ---- the list ---- */

static hub_status write_item(struct hub_office *o, struct hub_html *h, const struct hub_measure *m)
{
    const struct hub_series_task *t = current_task(m);
    struct hub_entry e;
    char promise[HUB_WORDS_MAX] = "";
    char from[HUB_MOMENT_MAX];
    char until[HUB_MOMENT_MAX];

    if (t == NULL)
        return HUB_OK;
    HUB_TRY(hub_entry_load(o, &e, m, t));
    hub_moment_day(from, e.zone, m->tasks[0].facts.first_s);
    hub_moment_day(until, e.zone, t->end_s - 1);
    hub_html_raw(h, "<article class=\"entry\"><h2><a href=\"/register/");
    hub_html_text(h, t->name);
    hub_html_raw(h, "\">");
    hub_html_text(h, m->words.title);
    hub_html_raw(h, "</a>");
    if (m->words.made_up)
        hub_html_raw(h, " <span class=\"tag\">made-up figures</span>");
    hub_html_raw(h, "</h2><p>");
    if (e.is_readable) {
        hub_words_promise(promise, &e.statement);
        hub_html_print(h, "%s. This count %s.", e.statement.purpose, promise);
    }
    hub_html_raw(h, "</p><p class=\"quiet\">");
    hub_html_print(h, "%s to %s. Added up by %s and %s.", from, until, t->leader_name,
                   t->helper_name);
    hub_html_raw(h, "</p></article>");
    return HUB_OK;
}

hub_status hub_page_register(struct hub_office *o, struct hub_html *h)
{
    struct hub_frame frame = {.title = "What is counted", .section = "register"};
    struct hub_measure *measures;
    size_t n;

    HUB_TRY(hub_series_revision(o->series, &frame.revision));
    HUB_TRY(hub_series_measures(o->series, &o->arena, &measures, &n));
    hub_frame_begin(h, o, &frame);
    hub_html_raw(h, "<div class=\"register\"><h1>What is counted, and what cannot be known</h1>"
                    "<p class=\"lead\">Each entry says what is counted, for which purpose, who adds"
                    " it up and for how long. Never a name, a number, a device, a path or a score."
                    " Nobody can learn from these totals who took part in a moment, or whether you"
                    " did something; they do not hide that you take part.</p>");
    for (size_t i = 0; i < n; i++)
        HUB_TRY(write_item(o, h, &measures[i]));
    if (n == 0)
        hub_html_raw(h, "<p>Nothing is counted yet.</p>");
    hub_html_raw(h, "</div>");
    hub_frame_end(h);
    return hub_html_finish(h);
}

/* ---- one task ---- */

hub_status hub_entry_find(struct hub_office *o, struct hub_entry *out, const char *task,
                          struct hub_measure **measures, size_t *n)
{
    HUB_TRY(hub_series_measures(o->series, &o->arena, measures, n));
    for (size_t i = 0; i < *n; i++) {
        for (size_t k = 0; k < (*measures)[i].n_tasks; k++) {
            const struct hub_series_task *t = &(*measures)[i].tasks[k].facts;
            if (strcmp(t->name, task) == 0)
                return hub_entry_load(o, out, &(*measures)[i], t);
        }
    }
    return HUB_E_NOT_FOUND;
}

hub_status hub_page_statement(struct hub_office *o, struct hub_html *h, const char *task)
{
    struct hub_entry e;
    struct hub_measure *measures;
    size_t n;

    HUB_TRY(hub_entry_find(o, &e, task, &measures, &n));
    hub_html_raw(h, e.task->statement);
    return hub_html_finish(h);
}

hub_status hub_page_register_task(struct hub_office *o, struct hub_html *h, const char *task)
{
    struct hub_frame frame = {.section = "register"};
    struct hub_measure *measures;
    struct hub_entry e;
    size_t n;

    HUB_TRY(hub_series_revision(o->series, &frame.revision));
    HUB_TRY(hub_entry_find(o, &e, task, &measures, &n));
    frame.title = e.measure->words.title;
    hub_frame_begin(h, o, &frame);
    hub_html_raw(h, "<div class=\"register one\">");
    hub_entry_write_what(h, &e);
    hub_entry_write_promise(h, &e);
    hub_entry_write_operators(h, &e);
    hub_html_raw(h, "<h2>What it uses of the day’s budget</h2><p>");
    hub_html_print(h,
                   "Everything that is counted about the same people, here “%s”, shares one budget"
                   " a day. What does not fit is refused, by both operators on their own.",
                   e.task->population);
    hub_html_raw(h, "</p>");
    write_budget(h, measures, n, e.task);
    HUB_TRY(hub_entry_write_noise(o, h, &e));
    hub_entry_write_numbers(h, &e);
    hub_html_raw(h, "</div>");
    hub_frame_end(h);
    return hub_html_finish(h);
}
