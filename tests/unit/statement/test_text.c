/* Form NFC, dates and the names of refusals. */
#include "statement/date.h"
#include "statement/nfc_internal.h"
#include "statement/refusal.h"
#include "statement/text_internal.h"
#include "vectors_internal.h"

static void normal_forms(void **state)
{
    (void)state;
    static const struct {
        uint32_t codes[6];
        size_t n;
        bool is_normal;
    } cases[] = {
        {{0xE9}, 1, true},                      /* e acute */
        {{'e', 0x301}, 2, false},               /* composes */
        {{'x', 0x301}, 2, true},                /* does not */
        {{0xE9, 0x323}, 2, false},              /* the dot below goes first and composes */
        {{0x1EB9, 0x301}, 2, true},             /* as it must be */
        {{'a', 0x301, 0x323}, 3, false},        /* wrong order */
        {{0x212B}, 1, false},                   /* Angstrom sign is a letter */
        {{0x2126}, 1, false},                   /* so is Ohm */
        {{0x958}, 1, false},                    /* excluded from composition */
        {{0x915, 0x93C}, 2, true},              /* and thus stays apart */
        {{0x1100, 0x1161}, 2, false},           /* Hangul composes */
        {{0xAC00}, 1, true},                    /* to this */
        {{0xAC00, 0x11A8}, 2, false},           /* with a final consonant too */
        {{0xAC01, 0x11A8}, 2, true},            /* but not twice */
        {{0x1100, 0x300, 0x1161}, 3, true},     /* blocked */
        {{0x301}, 1, true},                     /* a mark without a letter */
        {{0x340}, 1, false},                    /* a mark that is another mark */
        {{0x439}, 1, true},                     /* Cyrillic short i */
        {{0x438, 0x306}, 2, false},             /* in two */
        {{0x1F6B2, 0xFE0F}, 2, true},           /* a bicycle */
        {{'a', 0x5AE, 0x301, 0x61}, 4, false},  /* the mark between does not block */
        {{'a', 0x315, 0x300, 0x5AE}, 4, false}, /* order of classes */
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_int_equal(hub_nfc_is_normal(cases[i].codes, cases[i].n), cases[i].is_normal);
}

static void longest_text(void **state)
{
    (void)state;
    uint32_t codes[HUB_NFC_CODES_MAX + 1];

    for (size_t i = 0; i < COUNT(codes); i++)
        codes[i] = 0x1F82; /* decomposes into four */
    assert_true(hub_nfc_is_normal(codes, HUB_NFC_CODES_MAX));
    assert_false(hub_nfc_is_normal(codes, HUB_NFC_CODES_MAX + 1));
}

static void texts(void **state)
{
    (void)state;
    assert_null(hub_text_fault(hub_span_text("a")));
    assert_null(hub_text_fault(hub_span_text("\xf4\x8f\xbf\xbf")));
    assert_non_null(hub_text_fault(hub_span_text("")));
    assert_non_null(hub_text_fault(hub_span_text("\xf4\x90\x80\x80")));
    assert_non_null(hub_text_fault(hub_span_text("\xf8\x88\x80\x80\x80")));
    assert_non_null(hub_text_fault(hub_span_text("\xe0\x80\x80")));
    assert_non_null(hub_text_fault(hub_span_text("a\xe2\x82")));
    assert_non_null(hub_text_fault(hub_span_text("\x80")));
    assert_non_null(hub_text_fault(hub_span_of("a\0b", 3)));
}

static void dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t day;
    } cases[] = {{"1970-01-01", 0},     {"1970-05-31", 150},   {"2000-02-29", 11016},
                 {"2000-03-01", 11017}, {"2021-04-01", 18718}, {"2026-11-24", 20781},
                 {"2100-02-28", 47540}, {"2100-03-01", 47541}, {"9999-12-31", 2932896}};
    static const char *const wrong[] = {"1969-12-31", "2021-02-29", "2100-02-29", "2021-00-10",
                                        "2021-13-01", "2021-04-31", "2021-4-01",  "2021-04-1",
                                        "2021/04/01", "21-04-01",   "2021-04-00", "+021-04-01",
                                        "2021-04-01 "};
    char back[HUB_DATE_LEN + 1];
    uint32_t day = 0;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(hub_date_parse(&day, hub_span_text(cases[i].text)), HUB_OK);
        assert_int_equal(day, cases[i].day);
        hub_date_format(back, day);
        assert_string_equal(back, cases[i].text);
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(hub_date_parse(&day, hub_span_text(wrong[i])), HUB_E_DECODE);
    for (uint32_t d = 0; d < 60000; d++) {
        hub_date_format(back, d);
        assert_int_equal(hub_date_parse(&day, hub_span_text(back)), HUB_OK);
        assert_int_equal(day, d);
    }
}

static void refusals(void **state)
{
    (void)state;
    assert_string_equal(hub_refusal_name(HUB_REFUSAL_BUDGET_DAY), "dpBudgetDay");
    assert_string_equal(hub_refusal_name(hub_refusal_of_key(HUB_KEY_SIGMA2)), "dpSigmaTooSmall");
    assert_string_equal(hub_refusal_name(hub_refusal_of_key(HUB_KEY_N_MAX)), "dpFieldTooSmall");
    assert_int_equal(hub_refusal_http_status(HUB_REFUSAL_RANDOMNESS), 503);
    assert_int_equal(hub_refusal_http_status(HUB_REFUSAL_BUDGET_DAY), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(normal_forms), cmocka_unit_test(longest_text), cmocka_unit_test(texts),
        cmocka_unit_test(dates),        cmocka_unit_test(refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
