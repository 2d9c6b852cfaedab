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
    struct hub_buf open;
    struct hub_buf sealed;
};

static struct fixture *begin(void)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const struct hub_vdaf_params params = {
        .kind = HUB_VDAF_PRIO3_HISTOGRAM, .length = 4, .chunk_length = 2};

    assert_non_null(f);
    f->sealed.max = 4096;
    f->open.max = 4096;
    f->party.rng = hub_system_rng();
    memset(f->party.accumulator_key, 5, sizeof(f->party.accumulator_key));
    memset(f->plain.id.bytes, 9, sizeof(f->plain.id.bytes));
    f->task.task = &f->plain;

    f->task.adds_noise = true;
    assert_int_equal(HUB_OK, hub_vdaf_new(&f->task.vdaf, &params));
    assert_int_equal(HUB_OK, hub_aead_new(&f->box, HUB_AEAD_AES_256_GCM));
    f->bucket = (struct hub_store_bucket){.window = 77, .n_reports = 3, .checksum = {1, 2, 3}};
    return f;
}

static void end(struct fixture *f)
{
    hub_buf_clear(&f->sealed);
    hub_buf_clear(&f->open);
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

    assert_int_equal(HUB_OK, hub_accumulator_begin(&f->task, &f->open, &noise));
    assert_int_equal(f->open.len, 4 * 16);
    const uint8_t *b = f->open.ptr;
    assert_int_equal(b[0], 3);
    assert_int_equal(b[16], 0);
    /* -1 is p - 1, and Field128's p is 2^128 - 7 * 2^66 + 1 */
    assert_int_equal(b[32], 0);
    assert_int_equal(b[47], 0xff);
    assert_int_equal(b[48] | b[49] << 8 | b[50] << 16, 70000);
    assert_int_equal(hub_accumulator_services(&f->task, hub_buf_span(&f->open)).len, 0);
    f->task.adds_noise = false; /* by the statement: the other aggregator's */
    memset(f->open.ptr, 1, f->open.len);
    assert_int_equal(HUB_OK, hub_accumulator_begin(&f->task, &f->open, &(struct hub_noise){0}));
    for (size_t i = 0; i < f->open.len; i++)
        assert_int_equal(f->open.ptr[i], 0);
    end(f);
}

static hub_status try_open(struct fixture *f)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(4096);
    return hub_accumulator_open(f->box, &f->party, &f->task, &out, &f->bucket,
                                hub_buf_span(&f->sealed));
}

static void it_opens_in_its_place_only(void **state)
{
    struct fixture *f = begin();
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(4096);
    (void)state;

    assert_int_equal(HUB_OK, hub_buf_resize(&f->open, 64 + 2 * HUB_SERVICE_TAG_LEN));
    for (size_t i = 0; i < f->open.len; i++)
        f->open.ptr[i] = (uint8_t)(i * 7);
    assert_int_equal(HUB_OK, hub_accumulator_seal(f->box, &f->party, &f->task, &f->sealed,
                                                  &f->bucket, hub_buf_span(&f->open)));
    assert_int_equal(f->sealed.len, f->open.len + HUB_BOX_EXTRA);
    assert_int_equal(HUB_OK, hub_accumulator_open(f->box, &f->party, &f->task, &out, &f->bucket,
                                                  hub_buf_span(&f->sealed)));
    assert_true(hub_span_equal_var(hub_buf_span(&out), hub_buf_span(&f->open)));
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
    assert_int_equal(HUB_OK, try_open(f));
    end(f);
}

static void each_service_stands_once_in_order(void **state)
{
    static const uint64_t tags[] = {50, 7, UINT64_MAX, 50, 9, 7, 51};
    static const uint64_t sorted[] = {7, 9, 50, 51, UINT64_MAX};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf b = HUB_BUF_INIT(256);
    (void)state;

    assert_int_equal(HUB_OK, hub_buf_resize(&b, 5)); /* what stands in front stays */
    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++)
        assert_int_equal(HUB_OK, hub_service_tag_insert(&b, 5, tags[i]));
    assert_int_equal(b.len, 5 + sizeof(sorted));
    for (size_t i = 0; i < sizeof(sorted) / sizeof(*sorted); i++)
        assert_true(hub_service_tag_read(hub_span_of(b.ptr + 5, b.len - 5), i) == sorted[i]);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(b.ptr[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_born_as_its_noise),
        cmocka_unit_test(it_opens_in_its_place_only),
        cmocka_unit_test(each_service_stands_once_in_order),
    };
    return cmocka_run_group_tests_name("bucket", tests, NULL, NULL);
}
