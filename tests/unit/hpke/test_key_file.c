/* Key files and keyrings. */
#include "hpke/key_file.h"
#include "hpke/keyring.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static struct hub_hpke_keypair some_pair(uint8_t id)
{
    uint8_t private_key[HUB_HPKE_KEY_LEN];
    struct hub_hpke_keypair pair;

    for (size_t i = 0; i < sizeof(private_key); i++)
        private_key[i] = (uint8_t)(i * 11 + id);
    assert_int_equal(hub_hpke_keypair_init(&pair, id, private_key), HUB_OK);
    return pair;
}

static void test_a_key_file_comes_back(void **state)
{
    (void)state;
    static const uint8_t ids[] = {0, 1, 7, 99, 255};

    for (size_t i = 0; i < sizeof(ids); i++) {
        const struct hub_hpke_keypair pair = some_pair(ids[i]);
        struct hub_hpke_keypair back = {0};
        struct hub_buf text = HUB_BUF_INIT(HUB_HPKE_KEY_FILE_MAX);
        struct hub_why why = {{0}};

        assert_int_equal(hub_hpke_key_file_encode(&text, &pair), HUB_OK);
        assert_int_equal(hub_hpke_key_file_decode(&back, hub_buf_span(&text), &why), HUB_OK);
        assert_memory_equal(&back, &pair, sizeof(pair));
        hub_buf_wipe(&text);
    }
}

/* What it says is read, and what is wrong is named without the key. */
static void refuse(const char *text, const char *word)
{
    struct hub_hpke_keypair out = {0};
    struct hub_why why = {{0}};

    assert_int_equal(hub_hpke_key_file_decode(&out, hub_span_text(text), &why), HUB_E_CONFIG);
    if (strstr(why.text, word) == NULL)
        fail_msg("'%s' does not name '%s'", why.text, word);
    assert_null(strstr(why.text, "AAsWISw3Qk1Y"));
    const struct hub_hpke_keypair zero = {0};
    assert_memory_equal(&out, &zero, sizeof(out));
}

/* Both have room for a whole key file. */
static void copy(char *to, const char *from)
{
    memcpy(to, from, strlen(from) + 1);
}

static void test_wrong_key_files_are_refused(void **state)
{
    (void)state;
    struct hub_buf buf = HUB_BUF_INIT(HUB_HPKE_KEY_FILE_MAX);
    const struct hub_hpke_keypair pair = some_pair(0);
    char good[HUB_HPKE_KEY_FILE_MAX + 1] = {0};
    char bad[2 * HUB_HPKE_KEY_FILE_MAX] = {0};

    assert_int_equal(hub_hpke_key_file_encode(&buf, &pair), HUB_OK);
    memcpy(good, buf.ptr, buf.len);
    hub_buf_wipe(&buf);
    assert_non_null(strstr(good, "AAsWISw3Qk1Y")); /* a part of this private key */

    refuse("", "suite");
    refuse("nonsense", "line 1");

    (void)snprintf(bad, sizeof(bad), "%sconfig_id = 3\n", good);
    refuse(bad, "config_id");
    (void)snprintf(bad, sizeof(bad), "%scolour = red\n", good);
    refuse(bad, "colour");
    (void)snprintf(bad, sizeof(bad), "%s%500s\n", good, "");
    refuse(bad, "longer");

    copy(bad, good);
    strstr(bad, "aes128")[3] = '2';
    refuse(bad, "suite");
    copy(bad, good);
    strstr(bad, "config_id = 0")[12] = 'x';
    refuse(bad, "config_id");
    /* a character that is none, another key's, and one character less */
    copy(bad, good);
    char *const at = strstr(bad, "private_key = ") + strlen("private_key = ");
    at[20] = '!';
    refuse(bad, "private_key");
    at[20] = good[at - bad + 20] == 'A' ? 'B' : 'A';
    refuse(bad, "public_key");
    copy(bad, good);
    bad[strlen(bad) - 2] = '\n';
    refuse(bad, "public_key");
}

static void test_a_keyring_finds_by_id(void **state)
{
    (void)state;
    const struct hub_hpke_keypair a = some_pair(0);
    const struct hub_hpke_keypair b = some_pair(255);
    struct hub_hpke_keyring ring = {0};

    assert_int_equal(hub_hpke_keyring_add(&ring, &a), HUB_OK);
    assert_int_equal(hub_hpke_keyring_add(&ring, &b), HUB_OK);
    assert_int_equal(hub_hpke_keyring_add(&ring, &b), HUB_E_CONFLICT);
    assert_int_equal(ring.n, 2);
    assert_null(hub_hpke_keyring_find(&ring, 7));
    assert_memory_equal(hub_hpke_recipient_config(hub_hpke_keyring_find(&ring, 255)), &b.config,
                        sizeof(b.config));
    hub_hpke_keyring_remove(&ring, 255);
    hub_hpke_keyring_remove(&ring, 255);
    assert_null(hub_hpke_keyring_find(&ring, 255));
    assert_non_null(hub_hpke_keyring_find(&ring, 0));
    hub_hpke_keyring_clear(&ring);
    hub_hpke_keyring_clear(&ring);
    assert_int_equal(ring.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_file_comes_back),
        cmocka_unit_test(test_wrong_key_files_are_refused),
        cmocka_unit_test(test_a_keyring_finds_by_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
