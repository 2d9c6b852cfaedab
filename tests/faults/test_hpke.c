/* The n-th allocation fails, ours or libcrypto's, for each n: sealing and opening give an error or
 * the right bytes, never others; nothing leaks, and what was made before still works. */
#include "crypto/aead.h"
#include "crypto/random.h"
#include "hpke/hpke.h"

#include <openssl/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NEVER = 0, N_MAX = 5000 };

/* One counter for both allocators. */
static struct {
    unsigned long count;
    unsigned long fail_at; /* 1 is the first */
} faults;

static bool fails(void)
{
    return ++faults.count == faults.fail_at;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

static void *libcrypto_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_malloc(n);
}

static void *libcrypto_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : realloc(p, n);
}

static void libcrypto_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

/* Everything that is made is made anew and dropped. */
static hub_status seal_and_open(struct hub_buf *opened)
{
    static const uint8_t private_key[HUB_HPKE_KEY_LEN] = {5, 6, 7};
    const struct hub_rng rng = hub_system_rng();
    const hub_span info = hub_span_text("info");
    const hub_span aad = hub_span_text("aad");
    struct hub_hpke_sealed sealed = {.payload = HUB_BUF_INIT(100)};
    struct hub_hpke_recipient *recipient = NULL;
    struct hub_hpke_keypair pair;

    hub_status status = hub_hpke_keypair_init(&pair, 1, private_key);
    if (status == HUB_OK)
        status =
            hub_hpke_seal(&sealed, &pair.config, info, aad, hub_span_text("a measurement"), &rng);
    if (status == HUB_OK)
        status = hub_hpke_recipient_new(&recipient, &pair);
    if (status == HUB_OK)
        status = hub_hpke_open(recipient, opened, info, aad, HUB_SPAN_ARRAY(sealed.enc),
                               hub_buf_span(&sealed.payload));
    hub_hpke_recipient_free(recipient);
    hub_hpke_sealed_clear(&sealed);
    hub_hpke_keypair_wipe(&pair);
    return status;
}

static hub_status box_and_unbox(struct hub_buf *opened)
{
    static const uint8_t key[HUB_BOX_KEY_LEN] = {8};
    const struct hub_rng rng = hub_system_rng();
    struct hub_buf box = HUB_BUF_INIT(100);
    struct hub_aead *a = NULL;

    hub_status status = hub_aead_new(&a, HUB_AEAD_AES_256_GCM);
    if (status == HUB_OK)
        status = hub_box_seal(a, &box, key, HUB_SPAN_EMPTY, hub_span_text("a measurement"), &rng);
    if (status == HUB_OK)
        status = hub_box_open(a, opened, key, HUB_SPAN_EMPTY, hub_buf_span(&box));
    hub_aead_free(a);
    hub_buf_clear(&box);
    return status;
}

/* Runs with the first, second, ... allocation failing until a run has none left to fail. */
static void for_each_allocation(hub_status (*run)(struct hub_buf *opened))
{
    unsigned long n_failed = 0;
    unsigned long n = 1;

    for (; n < N_MAX; n++) {
        HUB_CLEANUP(hub_buf_clear) struct hub_buf opened = HUB_BUF_INIT(100);
        faults.count = 0;
        faults.fail_at = n;
        const hub_status status = run(&opened);
        const bool was_reached = faults.count >= n;
        faults.fail_at = NEVER;
        if (status == HUB_OK) {
            assert_int_equal(opened.len, 13);
            assert_memory_equal(opened.ptr, "a measurement", 13);
        } else {
            n_failed++;
        }
        if (!was_reached)
            break;
    }
    assert_true(n_failed >= 4);
    assert_true(n < N_MAX);
}

static void test_hpke(void **state)
{
    (void)state;
    for_each_allocation(seal_and_open);
}

static void test_boxes(void **state)
{
    (void)state;
    for_each_allocation(box_and_unbox);
}

/* A recipient that lives through failures of single calls. */
static void test_a_kept_recipient(void **state)
{
    (void)state;
    static const uint8_t private_key[HUB_HPKE_KEY_LEN] = {9};
    const struct hub_rng rng = hub_system_rng();
    struct hub_hpke_sealed sealed = {.payload = HUB_BUF_INIT(100)};
    struct hub_hpke_recipient *r = NULL;
    struct hub_hpke_keypair pair;

    assert_int_equal(hub_hpke_keypair_init(&pair, 1, private_key), HUB_OK);
    assert_int_equal(hub_hpke_recipient_new(&r, &pair), HUB_OK);
    assert_int_equal(hub_hpke_seal(&sealed, &pair.config, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY,
                                   hub_span_text("seven"), &rng),
                     HUB_OK);
    for (unsigned long n = 1; n < 20; n++) {
        uint8_t out[5] = {0};
        for (int again = 0; again < 2; again++) { /* with a fault, then without */
            faults.count = 0;
            faults.fail_at = again == 0 ? n : NEVER;
            const hub_status status =
                hub_hpke_open_to(r, out, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY, HUB_SPAN_ARRAY(sealed.enc),
                                 hub_buf_span(&sealed.payload));
            if (again == 1)
                assert_int_equal(status, HUB_OK);
            if (status == HUB_OK)
                assert_memory_equal(out, "seven", 5);
        }
    }
    hub_hpke_recipient_free(r);
    hub_hpke_sealed_clear(&sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hpke),
        cmocka_unit_test(test_boxes),
        cmocka_unit_test(test_a_kept_recipient),
    };

    /* before libcrypto's first allocation */
    if (CRYPTO_set_mem_functions(libcrypto_malloc, libcrypto_realloc, libcrypto_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
