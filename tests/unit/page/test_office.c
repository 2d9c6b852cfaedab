/* The site as its readers ask it: pages, downloads, assets, hostile texts, hostile addresses. */
#include "page/office.h"

#include "page/asset.h"
#include "series/series.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { HALF_HOUR = 1800, N_WINDOWS = 10320 };
static const uint64_t first_s = 1404172800; /* 1 July 2014 */

struct site {
    char folder[64];
    char path[96];
    char truth[96];
    struct hub_series *series;
    struct hub_office *office;
    struct hub_office_answer answer;
    char *text;
};

static void put_measure(struct site *s, const char *name, const char *title, const char *label,
                        size_t n_cells)
{
    const char *const cells[2] = {label, "second"};
    struct hub_series_measure measure = {.name = name,
                                         .title = title,
                                         .unit = "<i>people</i>",
                                         .time_zone = "UTC",
                                         .note = "\"quoted\" & <b>bold</b>",
                                         .source = "'source'",
                                         .licence = "MIT",
                                         .cells = cells,
                                         .n_cells = n_cells};
    struct hub_series_task task = {.name = name,
                                   .task_id = "AAAA",
                                   .statement = "no statement",
                                   .vdaf = "prio3sum",
                                   .unit = "visit",
                                   .population = "p",
                                   .profile = "standard",
                                   .leader_name = "<L>",
                                   .leader_url = "http://127.0.0.1:1/",
                                   .helper_name = "H",
                                   .helper_url = "http://127.0.0.1:2/",
                                   .sigma2 = 12288,
                                   .variance = 24576,
                                   .rho_day = (uint64_t)1 << 31,
                                   .window_s = HALF_HOUR,
                                   .grace_s = 600,
                                   .first_s = first_s,
                                   .end_s = first_s + N_WINDOWS * HALF_HOUR,
                                   .min_batch = 3};

    assert_int_equal(hub_series_put_measure(s->series, &measure), HUB_OK);
    assert_int_equal(hub_series_put_task(s->series, name, &task), HUB_OK);
}

static void fill(struct site *s)
{
    FILE *truth = fopen(s->truth, "w");

    assert_non_null(truth);
    (void)fputs("measure,start,length,cell,total\n", truth);
    assert_int_equal(hub_series_begin(s->series), HUB_OK);
    put_measure(s, "taxi", "Taxi <script>alert(1)</script>", "", 1);
    put_measure(s, "parts", "Parts", "<svg onload=x>", 2);
    put_measure(s, "empty", "Empty", "", 1);
    for (uint64_t i = 0; i < N_WINDOWS; i++) {
        struct hub_series_point point = {.start = first_s + i * HALF_HOUR,
                                         .length_s = HALF_HOUR,
                                         .total = i == 3 ? -321 : 15000 + (int64_t)(i * 37 % 500),
                                         .variance = 24576,
                                         .n = 12};
        assert_int_equal(hub_series_put_point(s->series, "taxi", &point), HUB_OK);
        (void)fprintf(truth, "taxi,%llu,1800,0,15000\n", (unsigned long long)point.start);
        for (point.cell = 0; i < 48 && point.cell < 2; point.cell++)
            assert_int_equal(hub_series_put_point(s->series, "parts", &point), HUB_OK);
    }
    assert_int_equal(hub_series_commit(s->series), HUB_OK);
    (void)fputs("taxi,1404172800,18", truth); /* a line that is being written */
    assert_int_equal(fclose(truth), 0);
}

static int set_up(void **state)
{
    struct site *s = calloc(1, sizeof(*s));
    struct hub_clock clock = hub_system_clock();

    assert_non_null(s);
    (void)snprintf(s->folder, sizeof(s->folder), "/tmp/hubbub-office-XXXXXX");
    assert_non_null(mkdtemp(s->folder));
    (void)snprintf(s->path, sizeof(s->path), "%s/s.db", s->folder);
    (void)snprintf(s->truth, sizeof(s->truth), "%s/truth.csv", s->folder);
    assert_int_equal(hub_series_open(&s->series, s->path, HUB_SERIES_WRITE, NULL), HUB_OK);
    fill(s);
    struct hub_office_config config = {s->path, "Office & <Co>", "", s->truth};
    assert_int_equal(hub_office_new(&s->office, &config, &clock, NULL), HUB_OK);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct site *s = *state;
    static const char *const files[] = {"s.db", "s.db-wal", "s.db-shm", "truth.csv"};

    hub_office_answer_clear(&s->answer);
    hub_office_free(s->office);
    hub_series_close(s->series);
    for (size_t i = 0; i < 4; i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", s->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(s->folder);
    free(s->text);
    free(s);
    return 0;
}

/* The body as text, valid until the next question. */
static const char *ask(struct site *s, unsigned status, const char *path, const char *query)
{
    hub_office_answer_clear(&s->answer);
    assert_int_equal(
        hub_office_answer(s->office, &s->answer, hub_span_text(path), hub_span_text(query)),
        HUB_OK);
    if (s->answer.status != status)
        fail_msg("%s?%s answered %u", path, query, s->answer.status);
    free(s->text);
    s->text = calloc(1, s->answer.body.len + 1);
    assert_non_null(s->text);
    memcpy(s->text, s->answer.body.ptr, s->answer.body.len);
    return s->text;
}

static void every_page_answers(void **state)
{
    struct site *s = *state;
    static const char *const paths[] = {"/",
                                        "/live.json",
                                        "/healthz",
                                        "/measures.json",
                                        "/measure/taxi",
                                        "/measure/parts",
                                        "/measure/empty",
                                        "/measure/taxi/chart.svg",
                                        "/measure/taxi/windows.json",
                                        "/measure/taxi/data.csv",
                                        "/measure/parts/data.csv",
                                        "/measure/taxi/data.json",
                                        "/measure/parts/data.json",
                                        "/measure/empty/data.json",
                                        "/register",
                                        "/register/taxi",
                                        "/register/taxi/statement"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_true(strlen(ask(s, 200, paths[i], "")) > 0);
}

static void what_is_not_there_is_404(void **state)
{
    struct site *s = *state;
    static const char *const paths[] = {
        "/nothing", "/measure/none",          "/measure/taxi/x",   "/register/none",
        "/measure", "/assets/office.css",     "/measure/%00",      "/measure/%zz",
        "",         "/measure/../../../etc/", "/measure/%2e%2e%2f"};
    char longest[4000];

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_non_null(strstr(ask(s, 404, paths[i], ""), "no such page"));
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    memcpy(longest, "/measure/", 9);
    (void)ask(s, 404, longest, "");
}

static void texts_are_escaped_everywhere(void **state)
{
    struct site *s = *state;
    static const char *const paths[] = {"/",         "/measure/taxi",  "/measure/parts",
                                        "/register", "/register/taxi", "/measure/taxi/chart.svg"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const char *text = ask(s, 200, paths[i], "");
        assert_null(strstr(text, "<script>"));
        assert_null(strstr(text, "<i>people"));
        assert_null(strstr(text, "<svg onload"));
        assert_null(strstr(text, "<b>bold"));
        assert_null(strstr(text, "<L>"));
        assert_null(strstr(text, "<Co>"));
    }
}

/* The policy that goes with a page forbids them. */
static void there_is_no_inline_style_or_script(void **state)
{
    struct site *s = *state;
    static const char *const paths[] = {"/", "/measure/taxi", "/measure/parts", "/register/taxi"};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        const char *text = ask(s, 200, paths[i], "");
        assert_null(strstr(text, " style="));
        assert_null(strstr(text, "<style"));
        assert_null(strstr(text, " onclick"));
        assert_null(strstr(text, "javascript:"));
        assert_null(strstr(text, "://fonts"));
    }
}

/* Screen one has no word of the protocol. */
static void the_first_screen_speaks_plainly(void **state)
{
    struct site *s = *state;
    static const char *const words[] = {"VDAF", "DAP", "rho", "epsilon", "Prio", "sigma"};
    const char *text = ask(s, 200, "/", "");

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_null(strstr(text, words[i]));
}

static void exports_are_not_clamped(void **state)
{
    struct site *s = *state;
    const char *csv =
        ask(s, 200, "/measure/taxi/data.csv", "from=2014-07-01&to=2014-07-02&step=window");

    assert_non_null(strstr(csv, "2014-07-01T01:30:00Z,2014-07-01T02:00:00Z,,-321,24576,307.3,12,"));
    assert_string_equal(s->answer.file_name, "taxi.csv");
    const char *json =
        ask(s, 200, "/measure/taxi/data.json", "from=2014-07-01&to=2014-07-02&step=window");
    assert_non_null(strstr(json, "\"total\":-321,\"variance\":24576"));
    const char *day =
        ask(s, 200, "/measure/taxi/data.csv", "from=2014-07-02&to=2014-07-03&step=day");
    assert_non_null(strstr(day, ",1179648,")); /* 48 windows: 48 times the variance */
}

static void the_truth_shows_only_when_asked_for(void **state)
{
    struct site *s = *state;

    assert_null(strstr(ask(s, 200, "/measure/taxi", ""), "class=\"truth\""));
    assert_non_null(strstr(ask(s, 200, "/measure/taxi", "truth=1"), "class=\"truth\""));
    assert_non_null(strstr(s->text, "truth (known only to this demo)"));
}

static void odd_ranges_do_no_harm(void **state)
{
    struct site *s = *state;
    static const char *const queries[] = {"from=2014-07-09&to=2014-07-01",
                                          "from=1970-01-01&to=9999-12-31",
                                          "from=9999-12-31",
                                          "to=1970-01-01",
                                          "until=1970-01-01",
                                          "step=month&from=2014-07-01&to=2014-07-02",
                                          "step=window",
                                          "step=%00&from=%zz",
                                          "from=2014-07-01T00:07&to=2014-07-01T00:09",
                                          "truth=1&step=week&from=2014-12-29&to=2015-02-28"};

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        (void)ask(s, 200, "/measure/taxi", queries[i]);
        (void)ask(s, 200, "/measure/parts", queries[i]);
        (void)ask(s, 200, "/measure/taxi/windows.json", queries[i]);
    }
}

/* Addresses made of pieces that mean something here and pieces that do not. */
static void random_addresses_do_no_harm(void **state)
{
    struct site *s = *state;
    static const char *const pieces[] = {
        "/",     "measure",    "taxi", "parts",     "data.csv", "%",
        "%2f",   "register",   "from", "=",         "&",        "to",
        "until", "2014-08-01", "step", "day",       "week",     "9999-99-99",
        "cell",  "1",          "-1",   "T10:30",    "truth",    "windows.json",
        "\xff",  "statement",  "..",   "chart.svg", "month",    "+"};
    uint32_t seed = 20141101;

    print_message("seed %u\n", seed);
    for (unsigned i = 0; i < 1500; i++) {
        char path[256] = "/measure/taxi";
        char query[256] = "";
        for (unsigned k = 0; k < 8; k++) {
            seed = seed * 1664525 + 1013904223;
            const char *piece = pieces[(seed >> 16) % (sizeof(pieces) / sizeof(pieces[0]))];
            char *text = k < i % 5 ? path : query;
            (void)strncat(text, piece, 255 - strlen(text));
        }
        hub_office_answer_clear(&s->answer);
        assert_int_equal(
            hub_office_answer(s->office, &s->answer, hub_span_text(path), hub_span_text(query)),
            HUB_OK);
        assert_true(s->answer.status == 200 || s->answer.status == 404);
    }
}

static void assets_have_their_hash_in_the_address(void **state)
{
    struct site *s = *state;

    (void)ask(s, 200, hub_asset_address("office.css"), "");
    assert_true(s->answer.is_asset);
    assert_string_equal(s->answer.encoding, "gzip");
    assert_string_equal(s->answer.content_type, "text/css; charset=utf-8");
    assert_non_null(strstr(ask(s, 200, "/", ""), hub_asset_address("office.css")));
    for (size_t i = 0; i < hub_n_assets; i++)
        assert_true(hub_assets[i].bytes.len <= 60000);
}

static void large_measures_are_quick(void **state)
{
    struct site *s = *state;
    struct timespec from;
    struct timespec to;

    (void)ask(s, 200, "/measure/taxi", "step=window");
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    (void)ask(s, 200, "/measure/taxi", "step=window");
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    double ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
    print_message("10,320 windows drawn in %.1f ms\n", ms);
#ifndef __SANITIZE_ADDRESS__
    assert_true(ms < 50 || getenv("HUBBUB_SLOW") != NULL);
#endif
}

static void a_site_waits_for_its_database(void **state)
{
    struct site *s = *state;
    struct hub_clock clock = hub_system_clock();
    struct hub_office *early = NULL;
    struct hub_office_answer answer;
    struct hub_office_config config = {"/tmp/hubbub-no-such/s.db", "T", "", ""};

    (void)s;
    assert_int_equal(hub_office_new(&early, &config, &clock, NULL), HUB_OK);
    assert_int_equal(hub_office_answer(early, &answer, hub_span_text("/"), hub_span_text("")),
                     HUB_OK);
    assert_int_equal(answer.status, 503);
    hub_office_answer_clear(&answer);
    hub_office_free(early);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_answers),
        cmocka_unit_test(what_is_not_there_is_404),
        cmocka_unit_test(texts_are_escaped_everywhere),
        cmocka_unit_test(there_is_no_inline_style_or_script),
        cmocka_unit_test(the_first_screen_speaks_plainly),
        cmocka_unit_test(exports_are_not_clamped),
        cmocka_unit_test(the_truth_shows_only_when_asked_for),
        cmocka_unit_test(odd_ranges_do_no_harm),
        cmocka_unit_test(random_addresses_do_no_harm),
        cmocka_unit_test(assets_have_their_hash_in_the_address),
        cmocka_unit_test(large_measures_are_quick),
        cmocka_unit_test(a_site_waits_for_its_database),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
