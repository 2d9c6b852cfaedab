/* The sentences on fixed series: is it up, since the same weekday; which is the largest; can we
 * tell; why is there nothing. A claim has at most ten words. */
#include "page/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static struct hub_zone *utc;

static int open_utc(void **state)
{
    (void)state;
    return hub_zone_open(&utc, "UTC", NULL) == HUB_OK ? 0 : -1;
}

static int close_utc(void **state)
{
    (void)state;
    hub_zone_free(utc);
    return 0;
}

/* Saturday 1 November 2014, with a noise of +- 307. */
static struct hub_slot saturday(int64_t total)
{
    return (struct hub_slot){.start = 1414800000,
                             .end = 1414800000 + 86400,
                             .state = HUB_SLOT_KNOWN,
                             .total = total,
                             .variance = 24576,
                             .n = 12};
}

static void claim(char out[HUB_WORDS_MAX], int64_t now, int64_t before)
{
    struct hub_slot a = saturday(now);
    struct hub_slot b = saturday(before);

    hub_words_claim(out, hub_compare(&a, &b), "passengers", utc, &a, HUB_STEP_DAY);
    assert_true(hub_count_words(out) <= HUB_CLAIM_WORDS_MAX);
}

static void is_it_up(void **state)
{
    char text[HUB_WORDS_MAX];

    (void)state;
    claim(text, 16000, 15000);
    assert_string_equal(text, "More passengers than the Saturday before");
    claim(text, 15000, 16000);
    assert_string_equal(text, "Fewer passengers than the Saturday before");
}

/* The difference of two totals has both noises: +- 434. */
static void can_we_tell(void **state)
{
    char text[HUB_WORDS_MAX];

    (void)state;
    claim(text, 15433, 15000);
    assert_string_equal(text, "No change from the Saturday before can be told");
    claim(text, 15436, 15000);
    assert_string_equal(text, "More passengers than the Saturday before");
    claim(text, 300, 15000);
    assert_string_equal(text, "Too noisy to say how many");
    claim(text, -40, 0);
    assert_string_equal(text, "Too noisy to say how many");
}

static void against_what_is_expected(void **state)
{
    char text[HUB_WORDS_MAX];
    struct hub_expected expected = {.is_known = true, .low = 14000, .high = 16000};
    struct hub_slot now = saturday(15000);

    (void)state;
    hub_words_expected(text, &expected, "passengers", utc, &now, &now);
    assert_string_equal(text, "As expected of a Saturday");
    now.total = 16001;
    hub_words_expected(text, &expected, "passengers", utc, &now, &now);
    assert_string_equal(text, "More passengers than expected of a Saturday");
    now.total = 13999;
    now.end = now.start + 1800;
    hub_words_expected(text, &expected, "passengers", utc, &now, &now);
    assert_string_equal(text, "Fewer passengers than expected at this hour of a Saturday");
    assert_int_equal(hub_count_words(text), HUB_CLAIM_WORDS_MAX);
    hub_words_expected(text, &expected, "two words", utc, &now, &now);
    assert_string_equal(text, "Fewer than expected at this hour of a Saturday");
}

static void since_when(void **state)
{
    char text[HUB_WORDS_MAX];
    struct hub_expected expected = {.is_known = true, .low = 14000, .high = 16000};
    struct hub_slot now = saturday(9000);
    struct hub_slot since = now;

    (void)state;
    since.start -= 5 * UINT64_C(86400);
    hub_words_expected(text, &expected, "passengers", utc, &now, &since);
    assert_string_equal(text, "Fewer passengers than expected since Mon 27 Oct");
    now.total = 15000; /* it is over: the days before do not matter */
    hub_words_expected(text, &expected, "passengers", utc, &now, &since);
    assert_string_equal(text, "As expected of a Saturday");
    now = saturday(17000);
    now.start += 43200;
    now.end = now.start + 1800;
    since.start = now.start - 3600;
    hub_words_expected(text, &expected, "people who pass by", utc, &now, &since);
    assert_string_equal(text, "More people who pass by than expected since Sat 11:00");
    assert_int_equal(hub_count_words(text), HUB_CLAIM_WORDS_MAX);
}

static void is_there_something_to_compare_with(void **state)
{
    char text[HUB_WORDS_MAX];
    struct hub_slot now = saturday(15000);
    struct hub_slot gap = {.state = HUB_SLOT_GAP};

    (void)state;
    hub_words_claim(text, hub_compare(&now, &gap), "passengers", utc, &now, HUB_STEP_DAY);
    assert_string_equal(text, "A first figure, with none before it");
    hub_words_claim(text, hub_compare(NULL, NULL), "passengers", utc, NULL, HUB_STEP_DAY);
    assert_string_equal(text, "No figure yet");
    assert_int_equal(hub_compare(&gap, &now), HUB_NO_FIGURE);
    hub_words_claim(text, HUB_MORE, "people who pass the old town hall on foot", utc, &now,
                    HUB_STEP_WEEK);
    assert_string_equal(text, "More than the week before");
}

static void rank(char out[HUB_WORDS_MAX], const int64_t *totals, size_t n)
{
    static const char *const labels[] = {"overdue", "hold", "lost",
                                         "a label of very many words that goes on and on"};
    struct hub_slot cells[4];
    size_t order[4];

    for (size_t i = 0; i < n; i++)
        cells[i] = saturday(totals[i]);
    size_t n_leading = hub_rank_cells(order, cells, n);
    hub_words_rank(out, labels, order, n_leading, n);
    assert_true(hub_count_words(out) <= HUB_CLAIM_WORDS_MAX);
}

static void which_is_the_largest(void **state)
{
    char text[HUB_WORDS_MAX];

    (void)state;
    rank(text, (const int64_t[]){9000, 4000, 100}, 3);
    assert_string_equal(text, "Overdue is the largest of 3");
    rank(text, (const int64_t[]){4000, 4100, 100}, 3);
    assert_string_equal(text, "Hold and overdue lead, too close to rank");
    rank(text, (const int64_t[]){4000, 4100, 4200}, 3);
    assert_string_equal(text, "3 of 3 lead, too close to rank");
    rank(text, (const int64_t[]){9000, 4000}, 2);
    assert_string_equal(text, "Overdue counts more than hold");
    rank(text, (const int64_t[]){10, -30, 200}, 3);
    assert_string_equal(text, "Too noisy to rank the 3 parts");
    rank(text, (const int64_t[]){10, 20, 30, 90000}, 4);
    assert_string_equal(text, "One part is the largest of 4");
    /* A part without a number of its own may still be as large as the first one. */
    rank(text, (const int64_t[]){1000, 900, 400}, 3);
    assert_string_equal(text, "Overdue and hold lead, too close to rank");
}

static void figures_follow_the_display_rule(void **state)
{
    char text[HUB_WORDS_MAX];
    struct hub_slot slot = saturday(15137);

    (void)state;
    hub_words_figure(text, &slot, 3);
    assert_string_equal(text, "15,100 ± 300");
    slot = saturday(620);
    hub_words_figure(text, &slot, 3);
    assert_string_equal(text, "600 ± 300, use with care");
    slot = saturday(100);
    hub_words_figure(text, &slot, 3);
    assert_string_equal(text, "between 0 and 410, too noisy for a number");
    hub_words_cell(text, &slot);
    assert_string_equal(text, "0 to 410");
    slot = saturday(-900);
    hub_words_brief(text, &slot);
    assert_non_null(strstr(text, "use with care")); /* |Y| counts: an odd total is still shown */
    slot = saturday(-15000);
    hub_words_cell(text, &slot);
    assert_string_equal(text, "−15,000 ± 300");
}

static void gaps_say_why(void **state)
{
    char text[HUB_WORDS_MAX];
    struct hub_slot slot = {.state = HUB_SLOT_GAP, .reason = HUB_GAP_TOO_FEW};

    (void)state;
    hub_words_gap(text, &slot, 100);
    assert_string_equal(text, "no figure: fewer than 100 reports");
    for (unsigned i = 0; i < HUB_N_GAP_REASONS; i++) {
        slot.reason = (enum hub_series_gap_reason)i;
        hub_words_gap(text, &slot, 100);
        assert_non_null(strstr(text, "no figure: "));
    }
    slot = (struct hub_slot){.state = HUB_SLOT_PARTIAL, .n_missing = 3, .n_windows = 45};
    hub_words_gap(text, &slot, 100);
    assert_string_equal(text, "no total: 3 of 48 windows have no figure");
    slot.state = HUB_SLOT_WAITING;
    hub_words_gap(text, &slot, 100);
    assert_string_equal(text, "not published yet");
}

static void promises_are_those_of_the_unit(void **state)
{
    char text[HUB_WORDS_MAX];
    struct hub_statement *s = calloc(1, sizeof(*s));

    (void)state;
    assert_non_null(s);
    s->unit = HUB_UNIT_DEVICE_DAY;
    hub_words_promise(text, s);
    assert_string_equal(text, "protects your day");
    s->unit = HUB_UNIT_RESIDENT_DAY;
    s->resident_c = 3;
    hub_words_promise(text, s);
    assert_string_equal(text, "protects one resident’s day, up to 3 counts a window");
    s->unit = HUB_UNIT_VISIT;
    hub_words_promise(text, s);
    assert_string_equal(text, "protects one visit");
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_it_up),
        cmocka_unit_test(can_we_tell),
        cmocka_unit_test(against_what_is_expected),
        cmocka_unit_test(since_when),
        cmocka_unit_test(is_there_something_to_compare_with),
        cmocka_unit_test(which_is_the_largest),
        cmocka_unit_test(figures_follow_the_display_rule),
        cmocka_unit_test(gaps_say_why),
        cmocka_unit_test(promises_are_those_of_the_unit),
    };

    return cmocka_run_group_tests(tests, open_utc, close_utc);
}
