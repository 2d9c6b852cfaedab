/* One of several databases: its name, which no configuration changes, and where a population is. */
#include "ledger/head_file.h"
#include "store/home.h"
#include "store_fixture.h"

static hub_status open_as(struct fixture *f, const char *name, bool is_one_of_several)
{
    struct hub_why why = {0};

    fixture_close(f);
    f->options.name = name;
    f->options.is_one_of_several = is_one_of_several;
    return hub_store_open(&f->store, &f->options, &why);
}

static void test_a_name_stays(void **state)
{
    struct fixture *const f = *state;

    assert_int_equal(open_as(f, "main", false), HUB_OK); /* alone: any name, and none is kept */
    assert_string_equal(hub_store_name(f->store), "main");
    assert_int_equal(open_as(f, "south", true), HUB_OK);
    assert_int_equal(open_as(f, "south", false), HUB_OK);
    assert_int_equal(open_as(f, "main", false), HUB_E_CONFIG);
    assert_int_equal(open_as(f, "north", true), HUB_E_CONFIG);
    assert_int_equal(open_as(f, NULL, false), HUB_OK);
    assert_string_equal(hub_store_name(f->store), "");
}

/* With a head that is another database's nothing is burnt: the name is looked at before. */
static void test_a_wrong_name_burns_nothing(void **state)
{
    struct fixture *const f = *state;
    struct hub_head_file file = {0};
    struct hub_ledger_head own;
    const struct hub_ledger_head head = {.length = 5, .hash = {1}};
    bool found;

    (void)admit(f->store, 1, HUB_ROLE_HELPER);
    assert_int_equal(open_as(f, "south", true), HUB_OK);
    fixture_close(f);
    assert_int_equal(hub_head_file_open(&file, &own, &found, f->head_path, NULL), HUB_OK);
    assert_int_equal(hub_head_file_write(&file, &head, START_S), HUB_OK);
    hub_head_file_close(&file);
    assert_int_equal(open_as(f, "north", true), HUB_E_CONFIG);
    assert_int_equal(hub_head_file_open(&file, &own, &found, f->head_path, NULL), HUB_OK);
    assert_int_equal(own.length, 5);
    assert_int_equal(hub_head_file_write(&file, &own, START_S), HUB_OK);
    hub_head_file_close(&file);
    assert_int_equal(open_as(f, "south", true), HUB_OK);
    assert_true(hub_store_was_restored(f->store)); /* only now */
}

struct claim {
    const char *population;
    const char *name;
    char holder[HUB_STORE_NAME_MAX + 1];
};

static hub_status claim_apply(void *self, struct hub_store_tx *tx)
{
    struct claim *const c = self;
    return hub_store_home_claim(tx, c->holder, c->population, c->name);
}

static void check_claim(struct fixture *f, const char *population, const char *name,
                        const char *holder)
{
    struct claim c = {.population = population, .name = name};
    const bool is_its = strcmp(name, holder) == 0;

    assert_int_equal(run(f->store, claim_apply, &c), is_its ? HUB_OK : HUB_E_CONFIG);
    assert_string_equal(c.holder, holder);
}

static void test_a_population_has_one_home(void **state)
{
    struct fixture *const f = *state;
    HUB_CLEANUP(hub_store_reader_close) struct hub_store_view reader = {0};
    char name[HUB_STORE_NAME_MAX + 1];

    check_claim(f, "visitors", "south", "south");
    check_claim(f, "visitors", "south", "south"); /* the same again */
    check_claim(f, "visitors", "north", "south");
    check_claim(f, "others", "north", "north");
    (void)admit(f->store, 1, HUB_ROLE_HELPER);
    check_claim(f, "people", "south", HUB_STORE_MAIN); /* by its row here */
    assert_int_equal(open_as(f, NULL, false), HUB_OK);
    check_claim(f, "visitors", "north", "south");
    assert_int_equal(hub_store_reader_open(&reader, f->store), HUB_OK);
    assert_int_equal(hub_store_home_find(&reader, name, "visitors"), HUB_OK);
    assert_string_equal(name, "south");
    assert_int_equal(hub_store_home_find(&reader, name, "people"), HUB_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_name_stays),
        TEST(test_a_wrong_name_burns_nothing),
        TEST(test_a_population_has_one_home),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
