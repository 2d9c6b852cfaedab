/* Local days, weeks and months, also where the clocks change; the calendar; bad files. */
#include "series/zone.h"

#include "base/writer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { HOUR = 3600, DAY = 86400 };

static uint64_t at(int64_t year, unsigned month, unsigned day, unsigned hour)
{
    return (uint64_t)hub_days_from_date(year, month, day) * DAY + hour * HOUR;
}

static void calendar_agrees_with_itself(void **state)
{
    (void)state;
    assert_int_equal(hub_days_from_date(1970, 1, 1), 0);
    assert_int_equal(hub_days_from_date(2000, 3, 1), 11017);
    assert_int_equal(hub_days_from_date(2024, 2, 29), 19782);
    assert_int_equal(hub_days_from_date(1969, 12, 31), -1);
    for (int64_t days = -800000; days < 800000; days += 373) {
        int64_t year;
        unsigned month;
        unsigned day;
        hub_date_from_days(days, &year, &month, &day);
        assert_true(month >= 1 && month <= 12 && day >= 1 && day <= 31);
        assert_int_equal(hub_days_from_date(year, month, day), days);
    }
}

static void utc_needs_no_file(void **state)
{
    HUB_CLEANUP(hub_zone_free_at) struct hub_zone *z = NULL;
    uint64_t noon = at(2014, 11, 1, 12);

    (void)state;
    assert_int_equal(hub_zone_open(&z, "UTC", NULL), HUB_OK);
    assert_int_equal(hub_zone_offset(z, noon), 0);
    assert_int_equal(hub_zone_day_start(z, noon), at(2014, 11, 1, 0));
    assert_int_equal(hub_zone_day_next(z, noon), at(2014, 11, 2, 0));
    assert_int_equal(hub_zone_week_start(z, noon), at(2014, 10, 27, 0));
    assert_int_equal(hub_zone_week_next(z, noon), at(2014, 11, 3, 0));
    assert_int_equal(hub_zone_month_start(z, noon), at(2014, 11, 1, 0));
    assert_int_equal(hub_zone_month_next(z, at(2014, 12, 31, 23)), at(2015, 1, 1, 0));
    assert_int_equal(hub_zone_local(z, noon).weekday, 5);
    assert_int_equal(hub_zone_midnight(z, 2014, 14, 1), at(2015, 2, 1, 0));
    assert_int_equal(hub_zone_midnight(z, 2015, 0, 32), at(2015, 1, 1, 0));
}

/* A file of version 2 with the two changes of London in 2021 and nothing else. */
static hub_status london_2021(struct hub_buf *out)
{
    static const uint8_t first_block[] = {'T', 'Z', 'i', 'f', '2'};
    static const uint8_t zeros[15] = {0};
    struct hub_writer w = hub_writer(out);

    hub_write_span(&w, HUB_SPAN_ARRAY(first_block));
    hub_write_span(&w, HUB_SPAN_ARRAY(zeros));
    for (unsigned i = 0; i < 4; i++)
        hub_write_u32(&w, 0);
    hub_write_u32(&w, 1); /* a kind, and a name of one byte */
    hub_write_u32(&w, 1);
    hub_write_u32(&w, 0);
    hub_write_u16(&w, 0);
    hub_write_u8(&w, 0);

    hub_write_span(&w, HUB_SPAN_ARRAY(first_block));
    hub_write_span(&w, HUB_SPAN_ARRAY(zeros));
    for (unsigned i = 0; i < 3; i++)
        hub_write_u32(&w, 0);
    hub_write_u32(&w, 2); /* changes, kinds, bytes of names */
    hub_write_u32(&w, 2);
    hub_write_u32(&w, 8);
    hub_write_u64(&w, at(2021, 3, 28, 1));
    hub_write_u64(&w, at(2021, 10, 31, 1));
    hub_write_u8(&w, 1);
    hub_write_u8(&w, 0);
    hub_write_u32(&w, 0);
    hub_write_u16(&w, 0);
    hub_write_u32(&w, HOUR);
    hub_write_u16(&w, 0x0104);
    hub_write_u64(&w, 0);
    return hub_writer_finish(&w);
}

static void days_have_23_and_25_hours(void **state)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf file = HUB_BUF_INIT(1024);
    HUB_CLEANUP(hub_zone_free_at) struct hub_zone *z = NULL;

    (void)state;
    assert_int_equal(london_2021(&file), HUB_OK);
    assert_int_equal(hub_zone_decode(&z, hub_buf_span(&file)), HUB_OK);
    uint64_t spring = hub_zone_day_start(z, at(2021, 3, 28, 12));
    assert_int_equal(spring, at(2021, 3, 28, 0));
    assert_int_equal(hub_zone_day_next(z, spring) - spring, 23 * HOUR);
    uint64_t autumn = hub_zone_day_start(z, at(2021, 10, 31, 12));
    assert_int_equal(autumn, at(2021, 10, 30, 23));
    assert_int_equal(hub_zone_day_next(z, autumn) - autumn, 25 * HOUR);
    assert_int_equal(hub_zone_local(z, at(2021, 7, 1, 23)).day, 2);
    uint64_t week = hub_zone_week_start(z, at(2021, 3, 28, 12));
    assert_int_equal(hub_zone_week_next(z, week) - week, 7 * DAY - HOUR);
}

static void broken_files_are_refused(void **state)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf file = HUB_BUF_INIT(1024);

    (void)state;
    assert_int_equal(london_2021(&file), HUB_OK);
    for (size_t n = 0; n < file.len - 8; n++) {
        struct hub_zone *z = NULL;
        assert_int_equal(hub_zone_decode(&z, hub_span_of(file.ptr, n)), HUB_E_DECODE);
    }
    for (size_t i = 0; i < file.len; i++) {
        HUB_CLEANUP(hub_zone_free_at) struct hub_zone *z = NULL;
        file.ptr[i] ^= 0x55;
        if (hub_zone_decode(&z, hub_buf_span(&file)) == HUB_OK)
            assert_true(hub_zone_offset(z, at(2021, 5, 1, 0)) < DAY);
        file.ptr[i] ^= 0x55;
    }
}

static void names_stay_in_their_folder(void **state)
{
    static const char *const names[] = {"",        "../../etc/passwd", "/etc/localtime",
                                        "Europe/", "No/Such_Place",    "a b"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct hub_zone *z = NULL;
        struct hub_why why = {""};
        assert_int_equal(hub_zone_open(&z, names[i], &why), HUB_E_NOT_FOUND);
        assert_true(why.text[0] != '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_agrees_with_itself), cmocka_unit_test(utc_needs_no_file),
        cmocka_unit_test(days_have_23_and_25_hours),   cmocka_unit_test(broken_files_are_refused),
        cmocka_unit_test(names_stay_in_their_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
