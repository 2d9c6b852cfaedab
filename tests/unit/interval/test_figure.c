/* Figures rounded to their interval, as texts. */
#include "interval/figure.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MINUS        "\xe2\x88\x92"
#define PM           " \xc2\xb1 "

static void figures(void **state)
{
    (void)state;
    static const struct {
        double value;
        double half_width;
        const char *text;
    } rows[] = {
        {15137, 614, "15,100" PM "600"},
        {15137, 307.2, "15,100" PM "300"},
        {30000, 88.7, "30,000" PM "90"},
        {1234, 125.4, "1,230" PM "130"}, /* a first digit of 1 has company */
        {1234, 195, "1,230" PM "200"},
        {1234, 199.9, "1,230" PM "200"},
        {1234, 200, "1,200" PM "200"},
        {87, 62.7, "90" PM "60"},
        {-4, 62.7, "0" PM "60"},
        {-104, 62.7, MINUS "100" PM "60"},
        {412.2, 9.6, "412" PM "10"},
        {99.6, 0.4, "100" PM "1"},
        {1234567, 4321, "1,235,000" PM "4,000"},
        {999, 950, "1,000" PM "1,000"},
        {512, 0, "512"}, /* imported, not noised */
        {-1234567, 0, MINUS "1,234,567"},
    };
    char text[HUB_FIGURE_TEXT_MAX];

    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t len =
            hub_figure_format(text, rows[i].value, rows[i].half_width, &hub_number_english);

        assert_string_equal(text, rows[i].text);
        assert_int_equal(len, strlen(text));
    }
}

static void percents(void **state)
{
    (void)state;
    static const struct {
        double share;
        double half_width;
        const char *text;
    } rows[] = {
        {0.4, 0.032, "40" PM "3 %"},         {0.4, 0.0162, "40.0" PM "1.6 %"},
        {0.12345, 0.004, "12.3" PM "0.4 %"}, {0.12345, 0.00001, "12.35" PM "0.01 %"},
        {-0.02, 0.05, MINUS "2" PM "5 %"},   {0.5, 0, "50.00 %"},
    };
    static const struct {
        struct hub_interval share;
        const char *text;
    } ranges[] = {
        {{0.368491, 0.432209}, "36.8 % to 43.3 %"},
        {{-0.0321, 0.51}, MINUS "4 % to 51 %"},
        {{0.10001, 0.10002}, "10.00 % to 10.01 %"},
    };
    char text[HUB_FIGURE_TEXT_MAX];

    for (size_t i = 0; i < COUNT(rows); i++) {
        (void)hub_percent_format(text, rows[i].share, rows[i].half_width, &hub_number_english);
        assert_string_equal(text, rows[i].text);
    }
    for (size_t i = 0; i < COUNT(ranges); i++) {
        (void)hub_percent_range_format(text, ranges[i].share, &hub_number_english);
        assert_string_equal(text, ranges[i].text);
    }
}

static void numbers(void **state)
{
    (void)state;
    static const struct hub_number_style russian = {"\xc2\xa0", ","};
    char text[HUB_FIGURE_TEXT_MAX];

    (void)hub_number_format(text, 1234567.891, 2, &hub_number_english);
    assert_string_equal(text, "1,234,567.89");
    (void)hub_number_format(text, 1234.5, 1, &russian);
    assert_string_equal(text, "1\xc2\xa0"
                              "234,5");
    (void)hub_number_format(text, -0.04, 1, &hub_number_english);
    assert_string_equal(text, "0.0");
    (void)hub_number_format(text, 0, 0, &hub_number_english);
    assert_string_equal(text, "0");
    (void)hub_number_format(text, 999.6, 0, &hub_number_english);
    assert_string_equal(text, "1,000");
    (void)hub_number_format(text, 1e300, 0, &hub_number_english);
    assert_string_equal(text, "1e+300");
    (void)hub_number_format(text, (double)INT64_MIN, 0, &hub_number_english);
    assert_true(strlen(text) > 0);
}

static void bounds(void **state)
{
    (void)state;
    static const double rows[][2] = {{0, 0},     {-3, 0},     {0.2, 1},   {4.3, 5},
                                     {10, 10},   {88.7, 89},  {100, 100}, {118.7, 120},
                                     {307, 310}, {1001, 1100}};

    for (size_t i = 0; i < COUNT(rows); i++)
        assert_true(hub_figure_ceil(rows[i][0]) == rows[i][1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures),
        cmocka_unit_test(percents),
        cmocka_unit_test(numbers),
        cmocka_unit_test(bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
