/* Accumulators: born with noise, sealed to their place. */
#include "aggregator/bucket.h"
#include "crypto/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* As much of a party and a task as accumulators need. */
struct fixture {
    struct hub_party party;
    struct hub_party_task task;
    struct hub_task plain;
    struct hub_aead *box;
    struct hub_store_bucket bucket;
    uint8_t open[128];
    struct hub_buf sealed;
};

static struct fixture *begin(void)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const struct hub_vdaf_params params = {
        .kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 4, .chunk_length = 2};

    assert_non_null(f);
    f->sealed.max = 4096;
    f->party.rng = hub_system_rng();
    memset(f->party.accumulator_key, 5, sizeof(f->party.accumulator_key));
    memset(f->plain.id.bytes, 9, sizeof(f->plain.id.bytes));
    f->task.task = &f->plain;
    f->task.services_len = 2;
    f->task.adds_noise = true;
    assert_int_equal(HUB_OK, hub_vdaf_new(&f->task.vdaf, &params));
    assert_int_equal(HUB_OK, hub_aead_new(&f->box, HUB_AEAD_AES_256_GCM));
    f->bucket = (struct hub_store_bucket){.window = 77, .n_reports = 3, .checksum = {1, 2, 3}};
    return f;
}

static void end(struct fixture *f)
{
    hub_buf_clear(&f->sealed);
    hub_aead_free(f->box);
    hub_vdaf_free(f->task.vdaf);
    free(f);
}

static void it_is_born_as_its_noise(void **state)
{
    struct fixture *f = begin();
    int64_t draws[4] = {3, 0, -1, 70000};
    const struct hub_noise noise = {draws, 4};
    (void)state;

    assert_int_equal(hub_accumulator_len(&f->task), 4 * 16 + 2);
    hub_accumulator_begin(&f->task, f->open, &noise);
    assert_int_equal(f->open[0], 3);
    assert_int_equal(f->open[16], 0);
    /* -1 is p - 1: Field128's p ends in ...e40000000001, so p - 1 begins with 00 */
    assert_int_equal(f->open[32], 0);
    assert_int_equal(f->open[47], 0xff);
    assert_int_equal(f->open[48] | f->open[49] << 8 | f->open[50] << 16, 70000);
    assert_int_equal(f->open[64] | f->open[65], 0); /* no service yet */
    f->task.adds_noise = false;                     /* by the statement: the other aggregator's */
    memset(f->open, 1, sizeof(f->open));
    hub_accumulator_begin(&f->task, f->open, &(struct hub_noise){0});
    for (size_t i = 0; i < hub_accumulator_len(&f->task); i++)
        assert_int_equal(f->open[i], 0);
    end(f);
}

static hub_status try_open(struct fixture *f)
{
    uint8_t out[128];
    return hub_accumulator_open(f->box, &f->party, &f->task, out, &f->bucket,
                                hub_buf_span(&f->sealed));
}

static void it_opens_in_its_place_only(void **state)
{
    struct fixture *f = begin();
    uint8_t out[128];
    (void)state;

    for (size_t i = 0; i < sizeof(f->open); i++)
        f->open[i] = (uint8_t)(i * 7);
    assert_int_equal(
        HUB_OK, hub_accumulator_seal(f->box, &f->party, &f->task, &f->sealed, &f->bucket, f->open));
    assert_int_equal(f->sealed.len, hub_accumulator_len(&f->task) + HUB_BOX_EXTRA);
    assert_int_equal(HUB_OK, hub_accumulator_open(f->box, &f->party, &f->task, out, &f->bucket,
                                                  hub_buf_span(&f->sealed)));
    assert_memory_equal(out, f->open, hub_accumulator_len(&f->task));
    f->bucket.window++; /* another window's */
    assert_int_equal(HUB_E_OPEN, try_open(f));
    f->bucket.window--;
    f->bucket.n_reports++; /* an older image of the database */
    assert_int_equal(HUB_E_OPEN, try_open(f));
    f->bucket.n_reports--;
    f->bucket.checksum[31] ^= 1;
    assert_int_equal(HUB_E_OPEN, try_open(f));
    f->bucket.checksum[31] ^= 1;
    f->plain.id.bytes[0] ^= 1; /* another task's */
    assert_int_equal(HUB_E_OPEN, try_open(f));
    f->plain.id.bytes[0] ^= 1;
    f->party.accumulator_key[0] ^= 1;
    assert_int_equal(HUB_E_OPEN, try_open(f));
    f->party.accumulator_key[0] ^= 1;
    f->task.services_len = 3;
    assert_int_equal(HUB_E_OPEN, try_open(f));
    f->task.services_len = 2;
    assert_int_equal(HUB_OK, try_open(f));
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_born_as_its_noise),
        cmocka_unit_test(it_opens_in_its_place_only),
    };
    return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
