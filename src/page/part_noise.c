/* Pictures of chance: one total with its noise drawn twenty times, and odds as dots to count. */
#include "interval/figure.h"
#include "page/office_internal.h"

#include <math.h>

enum { N_DRAWS = 20, N_DOTS = 100, DOTS_A_ROW = 20, DOT_STEP = 16 };

/* Twenty draws of a standard normal, kept still so that a page is the same each time; one of them
 * is outside of what holds 19 in 20. These are pictures: real noise is never drawn here. */
static const double draws[N_DRAWS] = {0.31,  -1.12, 0.74,  -0.22, 1.48,  -0.58, 0.09,
                                      -1.67, 0.52,  1.05,  -0.83, -0.37, 2.21,  0.18,
                                      -0.95, 0.66,  -1.31, 1.22,  -0.05, -0.46};

/* Three standard deviations to each side fill the panel. */
static double place(double z)
{
    return 50 + z * 50 / 3;
}

void hub_part_noise(struct hub_html *h, const char *id, double total, double variance,
                    const char *unit)
{
    char text[HUB_FIGURE_TEXT_MAX];
    double sd = sqrt(variance);
    double half = hub_half_width(variance);
    struct hub_figure figure = hub_figure_round(total, half, 1);

    hub_html_format(h, "<figure class=\"draws\" id=\"%s\"><ol>", id);
    for (unsigned i = 0; i < N_DRAWS; i++) {
        hub_html_raw(h, "<li><svg width=\"100%\" height=\"40\" aria-hidden=\"true\">");
        hub_html_format(h,
                        "<rect class=\"band95\" x=\"%.1f%%\" width=\"%.1f%%\" y=\"8\""
                        " height=\"24\"/>",
                        place(-1.96), place(1.96) - place(-1.96));
        hub_html_raw(h, "<line class=\"still\" x1=\"50%\" x2=\"50%\" y1=\"4\" y2=\"36\"/>");
        hub_html_format(h, "<circle class=\"drawn\" cx=\"%.1f%%\" cy=\"20\" r=\"5\"/></svg><span>",
                        place(draws[i]));
        hub_number_format(text, round((total + sd * draws[i]) / figure.step) * figure.step, 0,
                          &hub_number_english);
        hub_html_text(h, text);
        hub_html_raw(h, "</span></li>");
    }
    hub_html_raw(h, "</ol><figcaption>");
    hub_number_format(text, figure.value, 0, &hub_number_english);
    hub_html_print(h, "%s %s, published twenty times. ", text, unit);
    hub_html_raw(h, "In truth it is published once. <button type=\"button\" hidden>Pause</button>"
                    "</figcaption></figure>");
}

void hub_part_odds(struct hub_html *h, double percent, const char *label)
{
    int right = (int)ceil(percent - 1e-9);

    hub_html_format(h,
                    "<figure class=\"odds\"><svg width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
                    " role=\"img\" aria-label=\"%s, at most %d are right\">",
                    DOTS_A_ROW * DOT_STEP, N_DOTS / DOTS_A_ROW * DOT_STEP, DOTS_A_ROW * DOT_STEP,
                    N_DOTS / DOTS_A_ROW * DOT_STEP, label, right);
    for (int i = 0; i < N_DOTS; i++) {
        const char *class = i < 50 ? "coin" : i < right ? "gain" : "miss";
        hub_html_format(h, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"5\"/>", class,
                        i % DOTS_A_ROW * DOT_STEP + DOT_STEP / 2,
                        i / DOTS_A_ROW * DOT_STEP + DOT_STEP / 2);
    }
    hub_html_format(h,
                    "</svg><figcaption>%s: 50 that a coin gets right, at most %d more, the rest"
                    " wrong.</figcaption></figure>",
                    label, right > 50 ? right - 50 : 0);
}
