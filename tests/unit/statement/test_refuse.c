/* Everything that is not a canonical statement is refused, with the number of the line. */
#include "vectors_internal.h"

#include <stdlib.h>

enum { LINE_MAX_LEN = 1024 };

/* The text of a vector in lines, so that one can be changed. */
struct lines {
    char line[HUB_N_STATEMENT_KEYS + 2][LINE_MAX_LEN];
    size_t n;
};

static void lines_of(struct lines *out, const char *vector)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);

    read_statement(&text, vector);
    assert_int_equal(hub_buf_append(&text, hub_span_of("", 1)), HUB_OK);
    out->n = 0;
    for (char *line = strtok((char *)text.ptr, "\n"); line != NULL; line = strtok(NULL, "\n"))
        (void)snprintf(out->line[out->n++], LINE_MAX_LEN, "%s", line);
    assert_int_equal(out->n, HUB_N_STATEMENT_KEYS);
}

static void join(struct hub_buf *out, const struct lines *l)
{
    out->len = 0;
    for (size_t i = 0; i < l->n; i++) {
        assert_int_equal(hub_buf_append(out, hub_span_text(l->line[i])), HUB_OK);
        assert_int_equal(hub_buf_append(out, hub_span_text("\n")), HUB_OK);
    }
}

static void expect(hub_span text, hub_status status, unsigned line, const char *what)
{
    struct hub_statement s = {.sigma2 = 4711};
    struct hub_why why = {""};
    char start[16];
    const hub_status got = hub_statement_parse(&s, text, &why);

    (void)snprintf(start, sizeof(start), "line %u", line);
    const size_t len = strlen(start);

    if (got != status || strncmp(why.text, start, len) != 0 ||
        (why.text[len] != ' ' && why.text[len] != ':'))
        fail_msg("%s: status %d, %s", what, (int)got, why.text);
    assert_int_equal(s.sigma2, 4711);
}

static void expect_lines(const struct lines *l, hub_status status, unsigned line, const char *what)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(2 * HUB_STATEMENT_BYTES_MAX);

    join(&text, l);
    expect(hub_buf_span(&text), status, line, what);
}

static void every_line_misshapen(void **state)
{
    (void)state;
    static const char *const endings[] = {" ", "\r", "\t", "\x01", "\xff", "\xc2\x85", "\x7f"};
    static struct lines good;
    static struct lines bad;

    for (size_t v = 0; v < COUNT(vector_names); v++) {
        lines_of(&good, vector_names[v]);
        for (unsigned i = 0; i < good.n; i++) {
            for (size_t e = 0; e < COUNT(endings); e++) {
                bad = good;
                assert_true(strlen(bad.line[i]) + 3 < LINE_MAX_LEN);
                memcpy(bad.line[i] + strlen(bad.line[i]), endings[e], strlen(endings[e]) + 1);
                expect_lines(&bad, HUB_E_DECODE, i + 1, "ending");
            }
            bad = good; /* two spaces */
            char *const colon = strchr(bad.line[i], ':');
            memmove(colon + 2, colon + 1, strlen(colon + 1) + 1);
            expect_lines(&bad, HUB_E_DECODE, i + 1, "two spaces");
            bad = good; /* no value */
            strchr(bad.line[i], ':')[1] = '\0';
            expect_lines(&bad, HUB_E_DECODE, i + 1, "no value");
            bad = good;
            strchr(bad.line[i], ':')[2] = '\0';
            expect_lines(&bad, HUB_E_DECODE, i + 1, "empty value");
            bad = good;
            bad.line[i][0] = (char)(bad.line[i][0] - 32);
            expect_lines(&bad, HUB_E_DECODE, i + 1, "capital");
            bad = good;
            memmove(bad.line[i] + 1, bad.line[i], strlen(bad.line[i]) + 1);
            bad.line[i][0] = ' ';
            expect_lines(&bad, HUB_E_DECODE, i + 1, "indented");
            bad = good;
            bad.line[i][0] = '\0';
            expect_lines(&bad, HUB_E_DECODE, i + 1, "empty line");
        }
    }
}

static void lines_missing_double_swapped(void **state)
{
    (void)state;
    static struct lines good;
    static struct lines bad;

    lines_of(&good, "footfall");
    for (unsigned i = 0; i < good.n; i++) {
        bad = good;
        for (size_t j = i; j + 1 < bad.n; j++)
            memcpy(bad.line[j], good.line[j + 1], LINE_MAX_LEN);
        bad.n--;
        expect_lines(&bad, HUB_E_DECODE, i + 1, "missing");
        bad = good;
        for (size_t j = bad.n; j > i; j--)
            memcpy(bad.line[j], good.line[j - 1], LINE_MAX_LEN);
        bad.n++;
        expect_lines(&bad, HUB_E_DECODE, i + 2, "twice");
        if (i + 1 == good.n)
            continue;
        bad = good;
        memcpy(bad.line[i], good.line[i + 1], LINE_MAX_LEN);
        memcpy(bad.line[i + 1], good.line[i], LINE_MAX_LEN);
        expect_lines(&bad, HUB_E_DECODE, i + 1, "swapped");
    }
}

static void ends(void **state)
{
    (void)state;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(2 * HUB_STATEMENT_BYTES_MAX);
    struct hub_statement s;
    struct hub_why why = {""};

    read_statement(&text, "travel");
    /* Cut anywhere: refused at the line where it ends. */
    unsigned line = 1;
    for (size_t len = 0; len < text.len; len++) {
        expect(hub_span_of(text.ptr, len), HUB_E_DECODE, line, "cut");
        line += text.ptr[len] == '\n';
    }
    assert_int_equal(hub_buf_append(&text, hub_span_text("\n")), HUB_OK);
    expect(hub_buf_span(&text), HUB_E_DECODE, 32, "one more line");
    text.ptr[text.len - 1] = '\0';
    expect(hub_buf_span(&text), HUB_E_DECODE, 32, "a NUL");
    assert_int_equal(hub_buf_resize(&text, HUB_STATEMENT_BYTES_MAX + 1), HUB_OK);
    assert_int_equal(hub_statement_parse(&s, hub_buf_span(&text), &why), HUB_E_DECODE);
}

#define KEY_43   "TVtmCUNiXAr5XpNee7b8u4A6eer_Y81cCmLWYnzAZzM"
#define TEXT_50  "12345678901234567890123456789012345678901234567890"
#define TEXT_500 TEXT_50 TEXT_50 TEXT_50 TEXT_50 TEXT_50 TEXT_50 TEXT_50 TEXT_50 TEXT_50 TEXT_50

struct change {
    const char *vector;
    enum hub_statement_key key;
    const char *value;
    hub_status status;
};

static void apply(struct lines *l, enum hub_statement_key key, const char *value)
{
    (void)snprintf(l->line[key], LINE_MAX_LEN, "%s: %s", hub_statement_key_name(key), value);
}

static void values_refused(void **state)
{
    (void)state;
    static const struct change cases[] = {
        {"travel", HUB_KEY_STATEMENT, "2", HUB_E_DECODE},
        {"travel", HUB_KEY_STATEMENT, "01", HUB_E_DECODE},
        {"travel", HUB_KEY_NAME, "Travel", HUB_E_DECODE},
        {"travel", HUB_KEY_NAME, "travel_today", HUB_E_DECODE},
        {"travel", HUB_KEY_NAME, TEXT_50 "123456789012345", HUB_E_DECODE},
        {"travel", HUB_KEY_TITLE, TEXT_500 "1", HUB_E_DECODE},
        {"travel", HUB_KEY_TITLE, "de\xcc\x81ja", HUB_E_DECODE},   /* not NFC */
        {"travel", HUB_KEY_PURPOSE, "\xed\xa0\x80", HUB_E_DECODE}, /* a surrogate */
        {"travel", HUB_KEY_PURPOSE, "\xc0\xaf", HUB_E_DECODE},     /* not the shortest form */
        {"travel", HUB_KEY_LEGAL_BASIS, "a\x1b[1m", HUB_E_DECODE},
        {"travel", HUB_KEY_LEADER, "City https://a.example/", HUB_E_DECODE},
        {"travel", HUB_KEY_LEADER, KEY_43 " https://a.example/", HUB_E_DECODE},
        {"travel", HUB_KEY_LEADER, "City " KEY_43 "= https://a.example/", HUB_E_DECODE},
        {"travel", HUB_KEY_LEADER, "City " KEY_43 "  https://a.example/", HUB_E_DECODE},
        {"travel", HUB_KEY_LEADER, "City  " KEY_43 " https://a.example/", HUB_E_DECODE},
        {"travel", HUB_KEY_LEADER, "City " KEY_43 " ftp://a.example/", HUB_E_DECODE},
        {"travel", HUB_KEY_LEADER, "City " KEY_43 " https://", HUB_E_DECODE},
        {"travel", HUB_KEY_LEADER, "City " KEY_43 " https://\xc3\xa4.example/", HUB_E_DECODE},
        {"travel", HUB_KEY_HELPER, "City " KEY_43, HUB_E_DECODE},
        {"travel", HUB_KEY_HELPER,
         "City TVtmCUNiXAr5XpNee7b8u4A6eer_Y81cCmLWYnzAZzN https://a.example/", HUB_E_DECODE},
        {"travel", HUB_KEY_COLLECTOR, "Office", HUB_E_DECODE},
        {"travel", HUB_KEY_COLLECTOR, "Office BwAg", HUB_E_DECODE},
        {"travel", HUB_KEY_COLLECTOR, "Office BwAgAAEAAQAgBzb9W3zHq33+", HUB_E_DECODE},
        {"travel", HUB_KEY_POPULATION, "r\xc3\xa4", HUB_E_DECODE},
        {"travel", HUB_KEY_UNIT, "device", HUB_E_DECODE},
        {"travel", HUB_KEY_ADJACENCY, "add-remove", HUB_E_DECODE},
        {"travel", HUB_KEY_MECHANISM, "none", HUB_E_DECODE},
        {"travel", HUB_KEY_NOISE, "Both", HUB_E_DECODE},
        {"travel", HUB_KEY_NOISE, "none", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram length=8", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram chunk=3 length=8", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram length=8 chunk=3 max=1", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram  length=8 chunk=3", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram length=08 chunk=3", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram length=8 chunk=0", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram length=8 chunk=4294967296", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "prio3histogram length=1 chunk=1", HUB_E_REFUSED},
        {"travel", HUB_KEY_VDAF, "prio3multihot length=8 max-weight=9 chunk=3", HUB_E_REFUSED},
        {"travel", HUB_KEY_VDAF, "prio3count max=1", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "Prio3Count", HUB_E_DECODE},
        {"travel", HUB_KEY_VDAF, "poplar1 bits=8", HUB_E_DECODE},
        {"travel", HUB_KEY_LABELS, "None", HUB_E_DECODE},
        {"travel", HUB_KEY_LABELS, KEY_43 "A", HUB_E_DECODE},
        {"travel", HUB_KEY_SENSITIVITY, "resident c=1 cells=8", HUB_E_REFUSED},
        {"footfall", HUB_KEY_SENSITIVITY, "resident c=3 cells=1", HUB_E_REFUSED},
        {"footfall", HUB_KEY_SENSITIVITY, "resident cells=2 c=3", HUB_E_DECODE},
        {"footfall", HUB_KEY_SENSITIVITY, "resident c=3", HUB_E_DECODE},
        {"footfall", HUB_KEY_SENSITIVITY, "resident c=0 cells=2", HUB_E_DECODE},
        {"footfall", HUB_KEY_SENSITIVITY, "resident c=3 cells=2 x", HUB_E_DECODE},
        {"footfall", HUB_KEY_SENSITIVITY, "resident c=18446744073709551615 cells=2", HUB_E_REFUSED},
        {"travel", HUB_KEY_DELTA2, "1", HUB_E_REFUSED},
        {"travel", HUB_KEY_DELTA2, "3", HUB_E_REFUSED},
        {"travel", HUB_KEY_DELTA2, "+2", HUB_E_DECODE},
        {"travel", HUB_KEY_DELTA2, "18446744073709551616", HUB_E_DECODE},
        {"travel", HUB_KEY_SIGMA2, "2047", HUB_E_REFUSED},
        {"travel", HUB_KEY_SIGMA2, "2049", HUB_E_REFUSED},
        {"travel", HUB_KEY_SIGMA2, "0", HUB_E_DECODE},
        {"travel", HUB_KEY_SIGMA2, "02048", HUB_E_DECODE},
        {"travel", HUB_KEY_SIGMA2, "2048.0", HUB_E_DECODE},
        {"footfall", HUB_KEY_WINDOW_SECONDS, "3601", HUB_E_REFUSED},
        {"footfall", HUB_KEY_WINDOW_SECONDS, "0", HUB_E_DECODE},
        {"charges", HUB_KEY_WINDOW_SECONDS, "604801", HUB_E_REFUSED},
        {"charges", HUB_KEY_WINDOW_SECONDS, "31708800", HUB_E_REFUSED},
        {"travel", HUB_KEY_ACTIVE_WINDOWS, "2", HUB_E_REFUSED},
        {"footfall", HUB_KEY_ACTIVE_WINDOWS, "23", HUB_E_REFUSED},
        {"footfall", HUB_KEY_ACTIVE_WINDOWS, "25", HUB_E_REFUSED},
        {"footfall", HUB_KEY_ACTIVE_WINDOWS, "0", HUB_E_DECODE},
        {"travel", HUB_KEY_GRACE_SECONDS, "-1", HUB_E_DECODE},
        {"travel", HUB_KEY_GRACE_SECONDS, "31622401", HUB_E_REFUSED},
        {"travel", HUB_KEY_RELEASE, "24:00", HUB_E_DECODE},
        {"travel", HUB_KEY_RELEASE, "6:30", HUB_E_DECODE},
        {"travel", HUB_KEY_RELEASE, "06:60", HUB_E_DECODE},
        {"travel", HUB_KEY_RELEASE, "06.30", HUB_E_DECODE},
        {"travel", HUB_KEY_RELEASE, "Grace", HUB_E_DECODE},
        {"travel", HUB_KEY_RHO_DAY, "0.5", HUB_E_DECODE},
        {"travel", HUB_KEY_LOG10_DELTA, "-6", HUB_E_DECODE},
        {"travel", HUB_KEY_FIRST_DAY, "2025-02-29", HUB_E_DECODE},
        {"travel", HUB_KEY_FIRST_DAY, "2025-3-01", HUB_E_DECODE},
        {"travel", HUB_KEY_FIRST_DAY, "1969-12-31", HUB_E_DECODE},
        {"charges", HUB_KEY_FIRST_DAY, "2021-04-02", HUB_E_REFUSED},
        {"travel", HUB_KEY_LAST_DAY, "2025-02-28", HUB_E_REFUSED},
        {"travel", HUB_KEY_LAST_DAY, "2026-03-02", HUB_E_REFUSED}, /* 367 days */
        {"charges", HUB_KEY_LAST_DAY, "2022-03-31", HUB_E_REFUSED},
        {"travel", HUB_KEY_MIN_BATCH, "99", HUB_E_REFUSED},
        {"footfall", HUB_KEY_MIN_BATCH, "2", HUB_E_REFUSED},
        {"travel", HUB_KEY_N_MAX, "99", HUB_E_REFUSED},
        {"charges", HUB_KEY_N_MAX, "1126174851612612", HUB_E_REFUSED}, /* the field wraps */
        {"travel", HUB_KEY_PROFILE, "wider", HUB_E_DECODE},
        {"travel", HUB_KEY_CLOCK, "stepped", HUB_E_DECODE},
    };
    static struct lines l;

    for (size_t i = 0; i < COUNT(cases); i++) {
        lines_of(&l, cases[i].vector);
        apply(&l, cases[i].key, cases[i].value);
        expect_lines(&l, cases[i].status, cases[i].key + 1, cases[i].value);
    }
}

/* rho-day enters sigma2; where sigma2 still follows, the wrong charge is named. */
static void charges_refused(void **state)
{
    (void)state;
    static struct lines l;

    lines_of(&l, "travel");
    apply(&l, HUB_KEY_RHO_DAY, "536870913");
    expect_lines(&l, HUB_E_REFUSED, HUB_KEY_RHO_DAY + 1, "charge one too high");
    lines_of(&l, "travel");
    apply(&l, HUB_KEY_RHO_DAY, "536870911");
    expect_lines(&l, HUB_E_REFUSED, HUB_KEY_SIGMA2 + 1, "charge one too low");
    lines_of(&l, "footfall");
    apply(&l, HUB_KEY_RHO_DAY, "1000000007"); /* what was wanted is not what it costs */
    expect_lines(&l, HUB_E_REFUSED, HUB_KEY_RHO_DAY + 1, "wanted for charged");
}

static void values_accepted(void **state)
{
    (void)state;
    static const struct change cases[] = {
        {"travel", HUB_KEY_TITLE, TEXT_500, HUB_OK},
        {"travel", HUB_KEY_TITLE, "d\xc3\xa9j\xc3\xa0  vu: 'quoted', 50 %", HUB_OK},
        {"travel", HUB_KEY_TITLE, "\xf0\x9f\x9a\xb2 \xd0\xb2\xd0\xb5\xd0\xbb\xd0\xbe", HUB_OK},
        {"travel", HUB_KEY_LAST_DAY, "2026-03-01", HUB_OK}, /* 366 days */
        {"travel", HUB_KEY_LAST_DAY, "2025-03-01", HUB_OK},
        {"travel", HUB_KEY_MIN_BATCH, "100", HUB_OK},
        {"travel", HUB_KEY_N_MAX, "100", HUB_OK},
        {"travel", HUB_KEY_VDAF, "prio3multihot length=2 max-weight=2 chunk=1", HUB_OK},
        {"travel", HUB_KEY_VDAF, "prio3multihot length=9 max-weight=1 chunk=1", HUB_OK},
        {"travel", HUB_KEY_RELEASE, "23:59", HUB_OK},
        {"travel", HUB_KEY_GRACE_SECONDS, "0", HUB_OK},
        {"travel", HUB_KEY_LABELS, "none", HUB_OK},
        {"charges", HUB_KEY_N_MAX, "1126174851612611", HUB_OK},
        {"charges", HUB_KEY_LEADER, "A " KEY_43 " http://[::1]:8080/", HUB_OK},
    };
    static struct lines l;

    for (size_t i = 0; i < COUNT(cases); i++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
        HUB_CLEANUP(hub_buf_clear) struct hub_buf back = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
        struct hub_statement s;
        struct hub_why why = {""};

        lines_of(&l, cases[i].vector);
        apply(&l, cases[i].key, cases[i].value);
        join(&text, &l);
        if (hub_statement_parse(&s, hub_buf_span(&text), &why) != HUB_OK)
            fail_msg("%s: %s", cases[i].value, why.text);
        assert_int_equal(hub_statement_write(&back, &s, &why), HUB_OK);
        assert_true(hub_span_equal_var(hub_buf_span(&text), hub_buf_span(&back)));
    }
}

/* Any one byte changed to any of some: refused, or the same bytes come back. */
static void one_byte_changed(void **state)
{
    (void)state;
    static const char others[] = "09aZ-_ :=\n\r\t\x80\xc3\x01/.";
    size_t n_accepted = 0;

    for (size_t v = 0; v < COUNT(vector_names); v++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);

        read_statement(&text, vector_names[v]);
        for (size_t at = 0; at < text.len; at++) {
            const uint8_t good = text.ptr[at];

            for (size_t o = 0; o < sizeof(others); o++) { /* the final NUL too */
                HUB_CLEANUP(hub_buf_clear)
                struct hub_buf back = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
                struct hub_statement s;

                text.ptr[at] = (uint8_t)others[o];
                if (hub_statement_parse(&s, hub_buf_span(&text), NULL) != HUB_OK)
                    continue;
                n_accepted++;
                assert_int_equal(hub_statement_write(&back, &s, NULL), HUB_OK);
                assert_true(hub_span_equal_var(hub_buf_span(&text), hub_buf_span(&back)));
            }
            text.ptr[at] = good;
        }
    }
    assert_true(n_accepted > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line_misshapen),
        cmocka_unit_test(lines_missing_double_swapped),
        cmocka_unit_test(ends),
        cmocka_unit_test(values_refused),
        cmocka_unit_test(charges_refused),
        cmocka_unit_test(values_accepted),
        cmocka_unit_test(one_byte_changed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
