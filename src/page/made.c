/* "How this was made": from the statement of the chain's last task, in words that need no other. */
#include "interval/figure.h"
#include "page/office_internal.h"
#include "page/words.h"

#include <inttypes.h>
#include <math.h>

static void write_source(struct hub_html *h, const struct hub_series_measure *words)
{
    if (words->source[0] == '\0' && words->note[0] == '\0')
        return;
    hub_html_raw(h, "<p class=\"source\">");
    if (words->note[0] != '\0') {
        hub_html_text(h, words->note);
        hub_html_raw(h, " ");
    }
    if (words->source[0] != '\0') {
        hub_html_print(h, "Source: %s", words->source);
        hub_html_print(h, words->licence[0] != '\0' ? " (%s)." : "%s.", words->licence);
    }
    hub_html_raw(h, "</p>");
}

static void write_steps(struct hub_html *h, const struct hub_measure *m)
{
    const struct hub_series_task *t = &m->tasks[m->n_tasks - 1].facts;
    char length[HUB_MOMENT_MAX];
    char half[HUB_FIGURE_TEXT_MAX];
    double width = hub_half_width((double)t->variance);

    hub_length_words(length, t->window_s);
    hub_number_format(half, hub_figure_round(width, width, 1).half_width, 0, &hub_number_english);
    hub_html_raw(h, "<ol class=\"made-steps\"><li><h3>Split where it was counted</h3><p>");
    hub_html_print(h,
                   "Each device or service sends one report each %s, also when there is nothing to"
                   " say. It splits the report into two halves, each a number without meaning.",
                   length);
    hub_html_raw(h, "</p></li><li><h3>Added by two, read by none</h3><p>");
    hub_html_print(h,
                   "One half goes to %s, the other to %s. Both check together, without opening"
                   " it, that a report is in range; then each adds up its halves.",
                   t->leader_name, t->helper_name);
    hub_html_raw(h, "</p></li><li><h3>Noise before the first report</h3><p>");
    hub_html_print(h,
                   "Each operator’s sum began as random noise of its own, so an exact total never"
                   " existed anywhere. 19 times in 20 both noises together are within ± %s.",
                   half);
    hub_html_raw(h, "</p></li><li><h3>Released once</h3><p>");
    hub_html_print(h,
                   "After the %s has closed, the two sums are added, once. A window with fewer"
                   " than %" PRIu64 " reports is not released at all.",
                   length, t->min_batch);
    hub_html_raw(h, "</p></li></ol>");
}

void hub_part_made(struct hub_html *h, const struct hub_view *v)
{
    hub_html_raw(h, "<section class=\"made\"><h2>How this was made</h2>");
    if (v->m->n_tasks != 0)
        write_steps(h, v->m);
    write_source(h, &v->m->words);
    if (v->m->n_tasks != 0) {
        hub_html_raw(h, "<p><a href=\"/register/");
        hub_html_text(h, v->m->tasks[v->m->n_tasks - 1].facts.name);
        hub_html_raw(h, "\">What is counted, for which purpose, by whom, and what cannot be known"
                        "</a></p>");
    }
    hub_html_raw(h, "</section>");
}
