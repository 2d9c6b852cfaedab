/* The sum of each day against the cap: equal passes, one unit more does not. */
#include "statement/admission.h"
#include "statement/calibration.h"
#include "vectors_internal.h"

static struct hub_statement task(const char *name, uint32_t first, uint32_t last, uint64_t charge)
{
    struct hub_statement s = {0};

    (void)snprintf(s.name, sizeof(s.name), "%s", name);
    (void)snprintf(s.population, sizeof(s.population), "city");
    s.profile = HUB_PROFILE_STANDARD;
    s.window_s = 3600;
    s.first_day = first;
    s.last_day = last;
    s.rho_day = charge;
    return s;
}

static void caps(void **state)
{
    (void)state;
    assert_int_equal(hub_profile_cap(HUB_PROFILE_STRICT), 536870912);
    assert_int_equal(hub_profile_cap(HUB_PROFILE_STANDARD), 2147483648);
    assert_int_equal(hub_profile_cap(HUB_PROFILE_WIDE), 8589934592);
}

static void up_to_the_cap(void **state)
{
    (void)state;
    const uint64_t cap = hub_profile_cap(HUB_PROFILE_STANDARD);
    struct hub_statement s = task("one", 100, 200, cap);
    struct hub_why why = {""};

    assert_int_equal(hub_admission_check(&s, NULL, 0, &why), HUB_OK);
    s.rho_day = cap + 1;
    assert_int_equal(hub_admission_check(&s, NULL, 0, &why), HUB_E_REFUSED);
    assert_non_null(strstr(why.text, "which is 1 too much"));
    assert_non_null(strstr(why.text, "at most 2147483648 would pass"));
}

static void days_overlap(void **state)
{
    (void)state;
    const uint64_t quarter = HUB_RHO_ONE / 2048;
    struct hub_commitment admitted[4];
    static struct hub_statement s; /* large for a frame */
    struct hub_why why = {""};

    s = task("d", 150, 160, quarter);
    for (unsigned i = 0; i < 3; i++) {
        const char name[2] = {(char)('a' + i), '\0'};
        const struct hub_statement t = task(name, 100 + 10 * i, 150 + 10 * i, quarter);

        hub_commitment_init(&admitted[i], &t);
    }
    assert_int_equal(hub_population_charge(admitted, 3, "city", 99), 0);
    assert_int_equal(hub_population_charge(admitted, 3, "city", 100), quarter);
    assert_int_equal(hub_population_charge(admitted, 3, "city", 150), 3 * quarter);
    assert_int_equal(hub_population_charge(admitted, 3, "city", 170), quarter);
    assert_int_equal(hub_population_charge(admitted, 3, "city", 171), 0);
    assert_int_equal(hub_admission_check(&s, admitted, 3, &why), HUB_OK);
    s.rho_day++;
    assert_int_equal(hub_admission_check(&s, admitted, 3, &why), HUB_E_REFUSED);
    assert_non_null(strstr(why.text, "1970-05-31")); /* day 150 */
    s.first_day = 151;                               /* one task less on every day */
    assert_int_equal(hub_admission_check(&s, admitted, 3, &why), HUB_OK);
    s.first_day = 90;
    s.last_day = 99;
    s.rho_day = 4 * quarter;
    assert_int_equal(hub_admission_check(&s, admitted, 3, &why), HUB_OK);
    s.last_day = 100;
    assert_int_equal(hub_admission_check(&s, admitted, 3, &why), HUB_E_REFUSED);
    admitted[0].last_day = 99; /* ended before it began to matter: its days come back */
    assert_int_equal(hub_admission_check(&s, admitted, 3, &why), HUB_OK);
}

static void populations_apart(void **state)
{
    (void)state;
    const struct hub_statement t = task("a", 1, 9, hub_profile_cap(HUB_PROFILE_STANDARD));
    struct hub_commitment admitted;
    struct hub_statement s = task("b", 1, 9, 1);
    struct hub_why why = {""};

    hub_commitment_init(&admitted, &t);
    assert_int_equal(hub_admission_check(&s, &admitted, 1, &why), HUB_E_REFUSED);
    (void)snprintf(s.population, sizeof(s.population), "cit");
    assert_int_equal(hub_admission_check(&s, &admitted, 1, &why), HUB_OK);
    (void)snprintf(s.name, sizeof(s.name), "a");
    assert_int_equal(hub_admission_check(&s, &admitted, 1, &why), HUB_E_CONFLICT);
}

static void one_profile(void **state)
{
    (void)state;
    const struct hub_statement t = task("a", 1, 9, 1);
    struct hub_commitment admitted;
    struct hub_statement s = task("b", 20, 29, 1);
    struct hub_why why = {""};

    hub_commitment_init(&admitted, &t);
    s.profile = HUB_PROFILE_WIDE;
    assert_int_equal(hub_admission_check(&s, &admitted, 1, &why), HUB_E_REFUSED);
    assert_non_null(strstr(why.text, "'standard'"));
}

/* A week's window charges once, on its last day. */
static void long_windows(void **state)
{
    (void)state;
    const uint64_t cap = hub_profile_cap(HUB_PROFILE_STANDARD);
    struct hub_statement t = task("a", 700, 713, cap);
    struct hub_statement s = task("b", 707, 712, cap);
    struct hub_commitment admitted;
    struct hub_why why = {""};

    t.window_s = 7 * 86400;
    hub_commitment_init(&admitted, &t);
    assert_int_equal(admitted.window_days, 7);
    for (uint32_t day = 699; day < 715; day++)
        assert_int_equal(hub_population_charge(&admitted, 1, "city", day),
                         day == 706 || day == 713 ? cap : 0);
    assert_int_equal(hub_admission_check(&s, &admitted, 1, &why), HUB_OK);
    s.last_day = 713;
    assert_int_equal(hub_admission_check(&s, &admitted, 1, &why), HUB_E_REFUSED);
}

static void sums_saturate(void **state)
{
    (void)state;
    struct hub_statement t = task("a", 1, 1, UINT64_MAX - 1);
    const struct hub_statement s = task("c", 1, 1, 1);
    struct hub_commitment admitted[2];

    hub_commitment_init(&admitted[0], &t);
    admitted[1] = admitted[0];
    assert_int_equal(hub_population_charge(admitted, 2, "city", 1), UINT64_MAX);
    assert_int_equal(hub_admission_check(&s, admitted, 2, NULL), HUB_E_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(caps),          cmocka_unit_test(up_to_the_cap),
        cmocka_unit_test(days_overlap),  cmocka_unit_test(populations_apart),
        cmocka_unit_test(one_profile),   cmocka_unit_test(long_windows),
        cmocka_unit_test(sums_saturate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
