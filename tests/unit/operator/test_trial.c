/* The trial ceremony: what each party gets, and that the parts fit together. */
#include "base/file.h"
#include "crypto/random.h"
#include "operator/trial.h"
#include "task/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

static char folder[] = "/tmp/hubbub-trial-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    (void)snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

static struct hub_trial_parties parties(void)
{
    return (struct hub_trial_parties){
        folder,  "Operator A", "http://127.0.0.1:9001/dap", "Operator B", "https://helper.example/",
        "Office"};
}

static struct hub_trial_task task_of(const char *name, unsigned n_services)
{
    struct hub_trial_task t = {
        .rho_day = (uint64_t)1 << 29, .time_zone = "Europe/Vienna", .n_services = n_services};
    struct hub_statement *const s = &t.statement;

    hub_statement_defaults(s, HUB_UNIT_VISIT);
    (void)snprintf(s->name, sizeof(s->name), "%s", name);
    (void)snprintf(s->title, sizeof(s->title), "Footfall");
    (void)snprintf(s->purpose, sizeof(s->purpose), "Plan");
    (void)snprintf(s->legal_basis, sizeof(s->legal_basis), "Act");
    (void)snprintf(s->owner, sizeof(s->owner), "City");
    (void)snprintf(s->population, sizeof(s->population), "walkers");
    s->vdaf = (struct hub_statement_vdaf){.circuit = HUB_CIRCUIT_SUM, .max = 1000};
    s->resident_c = 1;
    s->first_day = 20514;
    s->last_day = 20527;
    return t;
}

static void read_secret(struct hub_task_secret *out, const char *name)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(1 << 20);
    char path[256];
    struct hub_why why = {{0}};
    struct stat st;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(hub_file_read(&text, path, &why), HUB_OK);
    assert_int_equal(hub_task_secret_parse(out, hub_buf_span(&text), path, &why), HUB_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_parts_fit(void **state)
{
    const struct hub_rng rng = hub_system_rng();
    const struct hub_trial_parties p = parties();
    const struct hub_trial_task wanted = task_of("walk-1", 3);
    HUB_CLEANUP(hub_task_free_at) struct hub_task *made = NULL;
    struct hub_task_secret leader;
    struct hub_task_secret helper;
    struct hub_task_secret collector;
    struct hub_task_secret service;
    struct hub_why why = {{0}};

    (void)state;
    const hub_status status = hub_trial_task_new(&made, &p, &wanted, &rng, &why);
    if (status != HUB_OK)
        print_message("%s\n", why.text);
    assert_int_equal(status, HUB_OK);
    read_secret(&leader, "leader/tasks/walk-1.leader.ini");
    read_secret(&helper, "helper/tasks/walk-1.helper.ini");
    read_secret(&collector, "collector/tasks/walk-1.collector.ini");
    read_secret(&service, "services/02/walk-1.service.ini");
    assert_memory_equal(leader.verify_key, helper.verify_key, 32);
    assert_true(hub_task_token_is(helper.peer_sha256, hub_span_text(leader.token)));
    assert_true(hub_task_token_is(leader.peer_sha256, hub_span_text(collector.token)));
    assert_int_equal(leader.n_services, 3);
    assert_int_equal(hub_task_service_find(&leader, hub_span_text(service.token)), 1);
    assert_int_equal(hub_task_service_find(&leader, hub_span_text(collector.token)), -1);
    assert_memory_equal(&service.task_id, &made->id, sizeof(made->id));

    static const char *const places[] = {"public",          "leader/tasks", "helper/tasks",
                                         "collector/tasks", "services/01",  "services/03"};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        HUB_CLEANUP(hub_task_free_at) struct hub_task *loaded = NULL;
        char path[256];
        (void)snprintf(path, sizeof(path), "%s/%s/walk-1.task.ini", folder, places[i]);
        assert_int_equal(hub_task_load(&loaded, path, hub_file_read, &why), HUB_OK);
        assert_memory_equal(&loaded->id, &made->id, sizeof(made->id));
    }
    hub_task_secret_wipe(&leader);
    hub_task_secret_wipe(&helper);
    hub_task_secret_wipe(&collector);
    hub_task_secret_wipe(&service);
}

static void test_second_task_keeps_the_parties(void **state)
{
    const struct hub_rng rng = hub_system_rng();
    const struct hub_trial_parties p = parties();
    const struct hub_trial_task a = task_of("chain-1", 0);
    const struct hub_trial_task b = task_of("chain-2", 0);
    HUB_CLEANUP(hub_task_free_at) struct hub_task *first = NULL;
    HUB_CLEANUP(hub_task_free_at) struct hub_task *second = NULL;
    struct hub_task *third = NULL;
    struct hub_why why = {{0}};

    (void)state;
    assert_int_equal(hub_trial_task_new(&first, &p, &a, &rng, &why), HUB_OK);
    assert_int_equal(hub_trial_task_new(&second, &p, &b, &rng, &why), HUB_OK);
    assert_string_equal(first->statement.collector_hpke_config,
                        second->statement.collector_hpke_config);
    assert_memory_equal(first->statement.leader.ledger_key, second->statement.leader.ledger_key,
                        32);
    assert_memory_not_equal(first->statement.leader.ledger_key, first->statement.helper.ledger_key,
                            32);
    assert_memory_not_equal(&first->id, &second->id, 32);
    assert_int_equal(hub_trial_task_new(&third, &p, &a, &rng, &why), HUB_E_CONFLICT);
    assert_non_null(strstr(why.text, "chain-1"));
}

static void test_refusals_leave_no_task(void **state)
{
    const struct hub_rng rng = hub_system_rng();
    const struct hub_trial_parties p = parties();
    struct hub_trial_task t = task_of("bad", 0);
    struct hub_task *made = NULL;
    struct hub_why why = {{0}};
    char path[128];
    struct stat st;

    (void)state;
    t.statement.last_day = t.statement.first_day + 400; /* a task lives at most 366 days */
    assert_int_equal(hub_trial_task_new(&made, &p, &t, &rng, &why), HUB_E_REFUSED);
    assert_null(made);
    (void)snprintf(path, sizeof(path), "%s/public/bad.task.ini", folder);
    assert_int_not_equal(stat(path, &st), 0);
    t = task_of("bad", HUB_SERVICES_MAX + 1);
    assert_int_equal(hub_trial_task_new(&made, &p, &t, &rng, &why), HUB_E_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_fit),
        cmocka_unit_test(test_second_task_keeps_the_parties),
        cmocka_unit_test(test_refusals_leave_no_task),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
