/* Totals out of answers: signed, with their variance, and only from what was asked. */
#include "../task/trial_statement.h"
#include "aggregators.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { FIRST = 20514 * 24 };

static struct {
    struct hub_collected_task task;
    struct hub_hpke_keypair key;
    struct hub_buf request;
    struct hub_buf response;
} t;

static void answer_for(const int64_t totals[5], uint64_t n_reports, uint64_t start,
                       uint64_t duration)
{
    t.response.len = 0;
    assert_int_equal(answer_with(&t.response, t.task.task, t.task.vdaf, &t.key.config,
                                 hub_buf_span(&t.request), totals, n_reports,
                                 (struct hub_time_interval){start, duration}),
                     HUB_OK);
}

static int set_up(void **state)
{
    const struct hub_rng rng = hub_system_rng();
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(1 << 16);
    struct hub_task *task;
    struct hub_why why;

    (void)state;
    t.request = (struct hub_buf)HUB_BUF_INIT(256);
    t.response = (struct hub_buf)HUB_BUF_INIT(1 << 16);
    if (hub_hpke_keypair_generate(&t.key, 4, &rng) != HUB_OK ||
        test_statement(&text, false, &why) != HUB_OK ||
        hub_task_new(&task, hub_buf_span(&text), HUB_SPAN_EMPTY, "UTC", &why) != HUB_OK ||
        hub_collected_task_init(&t.task, task, &t.key, "token") != HUB_OK ||
        hub_collection_request(&t.request, task, FIRST, 3) != HUB_OK)
        return -1;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    hub_collected_task_clear(&t.task);
    hub_buf_clear(&t.request);
    hub_buf_clear(&t.response);
    return 0;
}

static hub_status open_it(struct hub_collection *c)
{
    struct hub_why why = {{0}};

    return hub_collection_open(c, &t.task, hub_buf_span(&t.request), hub_buf_span(&t.response),
                               &why);
}

static void test_signed_totals(void **state)
{
    static const int64_t totals[5] = {0, -3, 12345678901, INT64_MIN / 4, 7};
    HUB_CLEANUP(hub_collection_clear) struct hub_collection c = {.totals = NULL};

    (void)state;
    answer_for(totals, 17, FIRST + 1, 2);
    assert_int_equal(open_it(&c), HUB_OK);
    assert_int_equal(c.n_cells, 5);
    for (size_t i = 0; i < 5; i++)
        assert_true(c.totals[i] == totals[i]);
    assert_int_equal(c.n_reports, 17);
    assert_int_equal(c.seen.start, FIRST + 1);
    /* three windows, two noises each */
    assert_int_equal(c.variance, 3 * 2 * t.task.task->statement.sigma2);
}

static void test_one_noise(void **state)
{
    static const int64_t totals[5] = {1, 2, 3, 4, 5};
    HUB_CLEANUP(hub_collection_clear) struct hub_collection c = {.totals = NULL};

    (void)state;
    answer_for(totals, 17, FIRST, 3);
    t.task.task->statement.noise = HUB_NOISE_LEADER;
    assert_int_equal(open_it(&c), HUB_OK);
    t.task.task->statement.noise = HUB_NOISE_BOTH;
    assert_int_equal(c.variance, 3 * t.task.task->statement.sigma2);
}

static void test_what_no_leader_may_send(void **state)
{
    static const int64_t totals[5] = {1, 2, 3, 4, 5};
    struct hub_collection c;

    (void)state;
    answer_for(totals, t.task.task->min_batch - 1, FIRST, 3); /* below the floor */
    assert_int_equal(open_it(&c), HUB_E_REFUSED);
    answer_for(totals, 17, FIRST - 1, 3);
    assert_int_equal(open_it(&c), HUB_E_REFUSED);
    answer_for(totals, 17, FIRST + 1, 3);
    assert_int_equal(open_it(&c), HUB_E_REFUSED);
    answer_for(totals, 17, FIRST, 0);
    assert_int_equal(open_it(&c), HUB_E_REFUSED);
}

static void test_changed_answers(void **state)
{
    static const int64_t totals[5] = {1, 2, 3, 4, 5};
    struct hub_collection c;

    (void)state;
    answer_for(totals, 17, FIRST, 3);
    for (size_t i = 24; i < t.response.len; i++) { /* behind count and interval */
        t.response.ptr[i] ^= 1;
        assert_int_not_equal(open_it(&c), HUB_OK);
        t.response.ptr[i] ^= 1;
    }
    for (size_t n = 0; n < t.response.len; n++) {
        struct hub_why why;
        assert_int_equal(hub_collection_open(&c, &t.task, hub_buf_span(&t.request),
                                             hub_span_of(t.response.ptr, n), &why),
                         HUB_E_DECODE);
    }
    /* sealed for another question */
    HUB_CLEANUP(hub_buf_clear) struct hub_buf other = HUB_BUF_INIT(256);
    struct hub_why why = {{0}};
    assert_int_equal(hub_collection_request(&other, t.task.task, FIRST, 4), HUB_OK);
    assert_int_equal(
        hub_collection_open(&c, &t.task, hub_buf_span(&other), hub_buf_span(&t.response), &why),
        HUB_E_OPEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signed_totals),
        cmocka_unit_test(test_one_noise),
        cmocka_unit_test(test_what_no_leader_may_send),
        cmocka_unit_test(test_changed_answers),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
