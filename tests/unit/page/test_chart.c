/* The chart: what it keeps of many slots, how it draws the display rule, that texts stay texts. */
#include "page/chart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { HOUR = 3600, MANY = 10320 };

struct scene {
    struct hub_zone *utc;
    struct hub_arena arena;
    struct hub_buf svg;
    struct hub_slot *slots;
    struct hub_chart chart;
};

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    s->svg = (struct hub_buf)HUB_BUF_INIT(1 << 20);
    s->slots = calloc(MANY, sizeof(*s->slots));
    assert_non_null(s->slots);
    assert_int_equal(hub_zone_open(&s->utc, "UTC", NULL), HUB_OK);
    s->chart = (struct hub_chart){.id = "c",
                                  .title = "Walks",
                                  .unit = "walks",
                                  .zone = s->utc,
                                  .from = 1414800000,
                                  .slots = s->slots,
                                  .min_batch = 100};
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    hub_zone_free(s->utc);
    hub_arena_clear(&s->arena);
    hub_buf_clear(&s->svg);
    free(s->slots);
    free(s);
    return 0;
}

static void add(struct scene *s, enum hub_slot_state slot_state, int64_t total, uint64_t variance)
{
    uint64_t start = s->chart.from + s->chart.n_slots * HOUR;

    s->slots[s->chart.n_slots++] = (struct hub_slot){.start = start,
                                                     .end = start + HOUR,
                                                     .state = slot_state,
                                                     .total = total,
                                                     .variance = variance};
    s->chart.to = start + HOUR;
}

static const char *draw(struct scene *s)
{
    struct hub_html h = hub_html(&s->svg);

    hub_buf_clear(&s->svg);
    assert_int_equal(hub_chart_draw(&h, &s->arena, &s->chart), HUB_OK);
    assert_int_equal(hub_buf_append(&s->svg, hub_span_of("", 1)), HUB_OK);
    return (const char *)s->svg.ptr;
}

static void columns_keep_the_extremes(void **state)
{
    struct scene *s = *state;
    struct hub_column *columns;
    double least = 1e9;
    double most = 0;
    size_t n;

    for (size_t i = 0; i < MANY; i++)
        add(s, HUB_SLOT_KNOWN, 15000 + (int64_t)(i * 7919 % 1000), 24576);
    s->slots[5001].total = 39000;
    s->slots[7003].total = 2000;
    assert_int_equal(hub_chart_columns(&columns, &n, &s->arena, &s->chart, 640), HUB_OK);
    assert_true(n <= 640);
    for (size_t i = 0; i < n; i++) {
        least = columns[i].least < least ? columns[i].least : least;
        most = columns[i].most > most ? columns[i].most : most;
        assert_true(columns[i].band95[0] < columns[i].least);
        assert_true(columns[i].band95[1] > columns[i].most);
    }
    assert_true(least == 2000 && most == 39000);
    assert_true(columns[0].left == 0 && columns[n - 1].right == 1);
}

static void each_quality_has_its_shape(void **state)
{
    struct scene *s = *state;

    add(s, HUB_SLOT_KNOWN, 15000, 24576);
    add(s, HUB_SLOT_KNOWN, 15200, 24576);
    const char *plain = draw(s);
    assert_non_null(strstr(plain, "class=\"band95\""));
    assert_non_null(strstr(plain, "class=\"band50\""));
    assert_non_null(strstr(plain, "class=\"line\""));
    assert_null(strstr(plain, "class=\"noisy\""));
    assert_null(strstr(plain, "url(#c-care)"));

    add(s, HUB_SLOT_KNOWN, 620, 24576);
    const char *care = draw(s);
    assert_non_null(strstr(care, "fill=\"url(#c-care)\""));

    s->chart.n_slots = 0;
    add(s, HUB_SLOT_KNOWN, 100, 24576);
    const char *noisy = draw(s);
    assert_non_null(strstr(noisy, "class=\"noisy\""));
    assert_null(strstr(noisy, "class=\"line\"")); /* no line, no number */
    assert_null(strstr(noisy, "class=\"band95\""));
}

static void gaps_break_the_line_and_say_why(void **state)
{
    struct scene *s = *state;

    add(s, HUB_SLOT_KNOWN, 15000, 24576);
    add(s, HUB_SLOT_GAP, 0, 0);
    add(s, HUB_SLOT_KNOWN, 15000, 24576);
    const char *svg = draw(s);
    assert_non_null(strstr(svg, "no figure: fewer than 100 reports"));
    const char *line = strstr(svg, "class=\"line\" d=\"M0 ");
    assert_non_null(line);
    const char *end = strchr(line, '>');
    const char *second = strchr(strchr(line, 'M') + 1, 'M');
    assert_non_null(second);
    assert_true(second < end); /* two strokes, none across the gap */
}

static void texts_stay_texts(void **state)
{
    struct scene *s = *state;

    s->chart.title = "<script>alert('&\"')</script>";
    add(s, HUB_SLOT_KNOWN, 15000, 24576);
    const char *svg = draw(s);
    assert_null(strstr(svg, "<script>"));
    assert_non_null(strstr(svg, "&lt;script&gt;alert(&#39;&amp;&quot;&#39;)&lt;/script&gt;"));
}

static void a_seam_is_marked(void **state)
{
    struct scene *s = *state;
    uint64_t seam;

    add(s, HUB_SLOT_KNOWN, 15000, 24576);
    add(s, HUB_SLOT_KNOWN, 15000, 49152);
    seam = s->slots[1].start;
    s->chart.seams = &seam;
    s->chart.n_seams = 1;
    assert_non_null(strstr(draw(s), "noise changed"));
    seam = s->chart.from; /* at an edge there is nothing to see */
    assert_null(strstr(draw(s), "noise changed"));
}

static void values_start_at_zero_and_are_round(void **state)
{
    struct hub_tick ticks[HUB_TICKS_MAX];

    (void)state;
    for (double top = 1; top < 1e12; top *= 1.37) {
        size_t n = hub_value_ticks(ticks, top, 5);
        assert_true(n >= 2 && n <= 5);
        assert_true(ticks[0].place == 0);
        assert_true(ticks[n - 1].place <= top);
        assert_true(ticks[n - 1].place >= top * 0.4); /* the picture's upper half has one */
    }
    size_t n = hub_value_ticks(ticks, 26000, 5);
    assert_int_equal(n, 3);
    assert_string_equal(ticks[2].label, "20,000");
}

static void times_are_round_and_few(void **state)
{
    struct scene *s = *state;
    struct hub_tick ticks[HUB_TICKS_MAX];

    for (uint64_t span = 2 * HOUR; span < 3000000000ULL; span = span * 13 / 10) {
        size_t n = hub_time_ticks(ticks, s->utc, 1414800000, 1414800000 + span, 13);
        assert_true(n <= 16);
        for (size_t i = 0; i < n; i++)
            assert_true(ticks[i].place >= 0 && ticks[i].place < 1 && ticks[i].label[0] != '\0');
    }
    size_t n = hub_time_ticks(ticks, s->utc, 1404172800, 1422748800, 13);
    assert_int_equal(n, 7);
    assert_string_equal(ticks[0].label, "Jul 2014");
    assert_string_equal(ticks[6].label, "Jan 2015");
    assert_false(ticks[6].is_minor);
}

static void a_top_holds_every_interval(void **state)
{
    struct scene *s = *state;

    add(s, HUB_SLOT_KNOWN, 15000, 24576);
    add(s, HUB_SLOT_KNOWN, 100, 24576);
    add(s, HUB_SLOT_GAP, 99999, 1);
    assert_true(hub_chart_top(s->slots, 3) > 15306 && hub_chart_top(s->slots, 3) < 15309);
    assert_true(hub_chart_top(s->slots, 0) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(columns_keep_the_extremes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_quality_has_its_shape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(gaps_break_the_line_and_say_why, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_stay_texts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_seam_is_marked, set_up, tear_down),
        cmocka_unit_test(values_start_at_zero_and_are_round),
        cmocka_unit_test_setup_teardown(times_are_round_and_few, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_top_holds_every_interval, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
