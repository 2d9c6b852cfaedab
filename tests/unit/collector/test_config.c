/* The collector's .ini: what it takes, and which line it blames. */
#include "collector/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_whole(void **state)
{
    static const char text[] = "[collector]\nseries = /var/series.db\nkey = keys/c.key\n"
                               "in_flight = 8\npoll_ms = 20\nplain_remote = yes\n"
                               "[measure taxi]\ntitle = Taxis\nunit = passengers\n"
                               "note = Real totals;\nnote = divided among devices.\n"
                               "task = t/1.task.ini\ntask = /abs/2.task.ini\n"
                               "[measure walk]\ntitle = Footfall\nmade_up = yes\nposition = 9\n"
                               "time_zone = Europe/Vienna\ntask = t/3.task.ini\n";
    HUB_CLEANUP(hub_collector_config_clear) struct hub_collector_config c = {.measures = NULL};
    struct hub_why why = {{0}};

    (void)state;
    assert_int_equal(hub_collector_config_parse(&c, hub_span_text(text), "etc/c.ini", &why),
                     HUB_OK);
    assert_string_equal(c.series, "/var/series.db");
    assert_string_equal(c.key, "etc/keys/c.key");
    assert_int_equal(c.in_flight, 8);
    assert_int_equal(c.poll_ms, 20);
    assert_true(c.plain_remote);
    assert_int_equal(c.n_measures, 2);
    assert_string_equal(c.measures[0].name, "taxi");
    assert_string_equal(c.measures[0].note, "Real totals; divided among devices.");
    assert_string_equal(c.measures[0].time_zone, "UTC");
    assert_int_equal(c.measures[0].n_tasks, 2);
    assert_string_equal(c.measures[0].tasks[0], "etc/t/1.task.ini");
    assert_string_equal(c.measures[0].tasks[1], "/abs/2.task.ini");
    assert_true(c.measures[1].made_up);
    assert_int_equal(c.measures[1].position, 9);
}

static void test_blame(void **state)
{
    static const struct {
        const char *text;
        const char *said;
    } cases[] = {
        {"colour = red\n", "line 1"},
        {"[collector]\ncolour = red\n", "line 2"},
        {"[collector]\nin_flight = 0\n", "line 2"},
        {"[collector]\nin_flight = many\n", "line 2"},
        {"[collector]\nplain_remote = perhaps\n", "line 2"},
        {"[collector]\nseries =\n", "line 2"},
        {"[measure Taxi]\ntitle = x\n", "line 2"},
        {"[measure]\ntitle = x\n", "line 2"},
        {"[measure a]\nmade_up = 1\n", "line 2"},
        {"[measure a]\ntasks = x\n", "line 2"},
        {"[collector]\nkey = k\n[measure a]\ntitle = A\ntask = t\n", "series is missing"},
        {"[collector]\nseries = s\n[measure a]\ntitle = A\ntask = t\n", "key is missing"},
        {"[collector]\nseries = s\nkey = k\n", "no [measure"},
        {"[collector]\nseries = s\nkey = k\n[measure a]\ntitle = A\n", "no task"},
        {"[collector]\nseries = s\nkey = k\n[measure a]\ntask = t\n", "no title"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hub_collector_config c;
        struct hub_why why = {{0}};
        assert_int_equal(
            hub_collector_config_parse(&c, hub_span_text(cases[i].text), "c.ini", &why),
            HUB_E_CONFIG);
        if (strstr(why.text, cases[i].said) == NULL)
            print_message("%s -> %s\n", cases[i].text, why.text);
        assert_non_null(strstr(why.text, cases[i].said));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole), cmocka_unit_test(test_blame)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
