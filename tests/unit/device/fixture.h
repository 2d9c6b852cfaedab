/* A device with its storage in memory and a leader that answers as a test wants. */
#ifndef TEST_DEVICE_FIXTURE_H
#define TEST_DEVICE_FIXTURE_H

#include "base/text.h"
#include "crypto/random.h"
#include "device/report.h"
#include "hubbub/device.h"
#include "wire/hpke_config.h"
#include "wire/media_type.h"
#include "wire/report.h"
#include "wire/upload.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FIXTURE_FIRST_DAY = 20514, DAY_S = 86400 }; /* 2026-03-02 */

/* A statement of this unit and circuit; windows of window_s. */
static inline void fixture_statement(struct hub_buf *text, enum hub_privacy_unit unit,
                                     struct hub_statement_vdaf vdaf, uint32_t window_s,
                                     uint32_t active_windows)
{
    struct hub_why why = {{0}};
    struct hub_statement s;
    uint8_t config[41] = {1, 0, 0x20, 0, 1, 0, 1, 0, 32, 9};

    hub_statement_defaults(&s, unit);
    (void)snprintf(s.name, sizeof(s.name), "travel-%u-%u", (unsigned)unit, (unsigned)vdaf.circuit);
    (void)snprintf(s.title, sizeof(s.title), "Travel");
    (void)snprintf(s.purpose, sizeof(s.purpose), "Plan");
    (void)snprintf(s.legal_basis, sizeof(s.legal_basis), "Act");
    (void)snprintf(s.owner, sizeof(s.owner), "City");
    memset(s.leader.ledger_key, 1, sizeof(s.leader.ledger_key));
    memset(s.helper.ledger_key, 2, sizeof(s.helper.ledger_key));
    (void)snprintf(s.leader.name, sizeof(s.leader.name), "A");
    (void)snprintf(s.leader.url, sizeof(s.leader.url), "https://leader.example/dap");
    (void)snprintf(s.helper.name, sizeof(s.helper.name), "B");
    (void)snprintf(s.helper.url, sizeof(s.helper.url), "https://helper.example/");
    (void)snprintf(s.collector, sizeof(s.collector), "C");
    hub_base64url_encode(s.collector_hpke_config, HUB_SPAN_ARRAY(config));
    (void)snprintf(s.population, sizeof(s.population), "all");
    s.vdaf = vdaf;
    s.window_s = window_s;
    s.active_windows = active_windows;
    s.first_day = FIXTURE_FIRST_DAY;
    s.last_day = FIXTURE_FIRST_DAY + 59;
    if (unit != HUB_UNIT_DEVICE_DAY)
        s.resident_c = 1;
    const hub_status completed = hub_statement_complete(&s, (uint64_t)1 << 29, &why);
    if (completed != HUB_OK)
        print_message("%s\n", why.text);
    assert_int_equal(completed, HUB_OK);
    assert_int_equal(hub_statement_write(text, &s, &why), HUB_OK);
}

struct fixture {
    struct hub_buf disk;
    bool has_disk;
    int fail_appends; /* this many fail, */
    bool fail_torn;   /* leaving half of the bytes behind */
    unsigned n_syncs;
    struct hub_buf statement;
    struct hub_device *device;
    unsigned task;
    struct hub_hpke_keypair keys[2];
    struct hub_hpke_keypair old_keys[2];
    bool serve_old_keys; /* unless asked for fresh ones */
    /* the leader */
    unsigned n_gets;
    unsigned n_posts;
    unsigned status;      /* of the answer to a POST; 0: the network fails */
    bool lose_answer;     /* the leader takes it, the answer is lost */
    uint8_t verdict;      /* for every report of a POST; 0: all are taken */
    bool outdated_if_old; /* outdated_config for reports sealed to the old key */
    uint32_t retry_after_s;
    const char *garbage; /* body of the answer instead */
    struct hub_buf last; /* the last request */
    size_t n_last;       /* its reports */
    const char *last_token;
};

static inline hub_status disk_read(void *self, uint64_t offset, uint8_t *out, size_t n, size_t *got)
{
    const struct fixture *const f = self;

    if (!f->has_disk)
        return HUB_E_NOT_FOUND;
    *got = offset >= f->disk.len ? 0 : f->disk.len - (size_t)offset;
    if (*got > n)
        *got = n;
    if (*got != 0)
        memcpy(out, f->disk.ptr + offset, *got);
    return HUB_OK;
}

static inline hub_status disk_append(void *self, hub_span bytes)
{
    struct fixture *const f = self;

    if (f->fail_appends > 0) {
        f->fail_appends--;
        if (f->fail_torn)
            assert_int_equal(hub_buf_append(&f->disk, hub_span_slice(bytes, 0, bytes.len / 2)),
                             HUB_OK);
        return HUB_E_IO;
    }
    f->n_syncs++;
    return hub_buf_append(&f->disk, bytes);
}

static inline hub_status disk_replace(void *self, hub_span bytes)
{
    struct fixture *const f = self;

    f->n_syncs++;
    f->has_disk = true;
    f->disk.len = 0;
    return hub_buf_append(&f->disk, bytes);
}

static inline hub_status fixture_random(void *self, uint8_t *out, size_t n)
{
    const struct hub_rng rng = hub_system_rng();

    (void)self;
    return hub_rng_fill(&rng, out, n);
}

static inline hub_status fixture_get(void *self, struct hub_device_reply *reply, const char *url,
                                     const char *accept, bool fresh)
{
    struct fixture *const f = self;
    const bool is_helper = strstr(url, "helper") != NULL;
    const struct hub_hpke_keypair *const pair =
        f->serve_old_keys && !fresh ? &f->old_keys[is_helper] : &f->keys[is_helper];
    HUB_CLEANUP(hub_buf_clear) struct hub_buf list = HUB_BUF_INIT(1024);
    const struct hub_hpke_config_view view = {pair->config.id, HUB_HPKE_KEM_X25519,
                                              HUB_HPKE_KDF_SHA256, HUB_HPKE_AEAD_AES_128_GCM,
                                              HUB_SPAN_ARRAY(pair->config.public_key)};

    assert_string_equal(url, is_helper ? "https://helper.example/hpke_config"
                                       : "https://leader.example/dap/hpke_config");
    assert_string_equal(accept, hub_media_type(HUB_MESSAGE_HPKE_CONFIG_LIST));
    f->n_gets++;
    assert_int_equal(hub_hpke_config_list_encode(&list, &view, 1), HUB_OK);
    memcpy(reply->body, list.ptr, list.len);
    reply->body_len = list.len;
    reply->status = 200;
    reply->max_age_s = 3600;
    return HUB_OK;
}

static inline void fixture_answer(struct fixture *f, struct hub_device_reply *reply)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf out = HUB_BUF_INIT(1 << 20);
    struct hub_report *const reports = calloc(f->n_last + 1, sizeof(*reports));
    struct hub_upload_status *const verdicts = calloc(f->n_last + 1, sizeof(*verdicts));

    assert_int_equal(hub_upload_request_decode(reports, f->n_last, hub_buf_span(&f->last)), HUB_OK);
    for (size_t i = 0; i < f->n_last; i++) {
        memcpy(verdicts[i].id, reports[i].metadata.id, sizeof(verdicts[i].id));
        verdicts[i].error = (enum hub_report_error)f->verdict;
        if (f->outdated_if_old && reports[i].leader_share.config_id == f->old_keys[0].config.id)
            verdicts[i].error = HUB_REPORT_OUTDATED_CONFIG;
    }
    assert_int_equal(hub_upload_errors_encode(&out, verdicts, f->n_last), HUB_OK);
    if (out.len != 0)
        memcpy(reply->body, out.ptr, out.len);
    reply->body_len = out.len;
    free(reports);
    free(verdicts);
}

static inline hub_status fixture_post(void *self, struct hub_device_reply *reply, const char *url,
                                      const char *content_type, const char *token, hub_span body)
{
    struct fixture *const f = self;

    assert_non_null(strstr(url, "https://leader.example/dap/tasks/"));
    assert_non_null(strstr(url, "/reports"));
    assert_string_equal(content_type, hub_media_type(HUB_MESSAGE_UPLOAD_REQ));
    f->n_posts++;
    f->last_token = token;
    f->last.len = 0;
    assert_int_equal(hub_buf_append(&f->last, body), HUB_OK);
    assert_int_equal(hub_upload_request_count(&f->n_last, body), HUB_OK);
    if (f->status == 0 || f->lose_answer)
        return HUB_E_NETWORK;
    reply->status = f->status;
    reply->retry_after_s = f->retry_after_s;
    reply->body_len = 0;
    if (f->garbage != NULL) {
        reply->body_len = strlen(f->garbage);
        memcpy(reply->body, f->garbage, reply->body_len);
    } else if (f->status < 300) {
        fixture_answer(f, reply);
    }
    return HUB_OK;
}

static inline struct hub_device_transport fixture_transport(struct fixture *f)
{
    return (struct hub_device_transport){f, fixture_get, fixture_post};
}

/* Opens the device anew, as after a loss of power. */
static inline void fixture_open(struct fixture *f, uint64_t now_s)
{
    const struct hub_device_storage storage = {f, disk_read, disk_append, disk_replace};
    const struct hub_device_random random = {NULL, fixture_random};
    char why[320] = "";

    hub_device_close(f->device);
    f->device = NULL;
    assert_int_equal(hub_device_open(&f->device, &storage, &random, now_s), HUB_OK);
    const hub_status joined = hub_device_join(f->device, &f->task, hub_buf_span(&f->statement),
                                              HUB_SPAN_EMPTY, now_s, why, sizeof(why));
    if (joined != HUB_OK)
        print_message("%s\n", why);
    assert_int_equal(joined, HUB_OK);
}

static inline void fixture_init(struct fixture *f, enum hub_privacy_unit unit,
                                struct hub_statement_vdaf vdaf, uint32_t window_s,
                                uint32_t active_windows)
{
    const struct hub_rng rng = hub_system_rng();

    *f = (struct fixture){.disk = HUB_BUF_INIT(1 << 24),
                          .statement = HUB_BUF_INIT(1 << 16),
                          .last = HUB_BUF_INIT(1 << 24),
                          .status = 200};
    for (uint8_t i = 0; i < 2; i++) {
        assert_int_equal(hub_hpke_keypair_generate(&f->keys[i], 7, &rng), HUB_OK);
        assert_int_equal(hub_hpke_keypair_generate(&f->old_keys[i], 6, &rng), HUB_OK);
    }
    fixture_statement(&f->statement, unit, vdaf, window_s, active_windows);
}

static inline void fixture_clear(struct fixture *f)
{
    hub_device_close(f->device);
    hub_buf_clear(&f->disk);
    hub_buf_clear(&f->statement);
    hub_buf_clear(&f->last);
}

#endif
