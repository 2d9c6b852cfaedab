/* One reader of files for each of the parties' own files and memories: read, write, read again. For
 * what has no writer, reading alone, for the sanitizers to see. */
#include "codecs.h"

#include "base/text.h"
#include "collector/config.h"
#include "hpke/hpke.h"
#include "hubbub/device.h"
#include "operator/sealed.h"
#include "task/secret.h"
#include "task/task.h"

#include <stdlib.h>

/* NAME.task.ini, NAME.statement and NAME.labels, one after the other, a zero byte between them. */
static hub_span parts[3];

static hub_status read_part(struct hub_buf *out, const char *path, struct hub_why *why)
{
    const size_t i = strstr(path, ".statement") != NULL ? 1
                     : strstr(path, ".labels") != NULL  ? 2
                                                        : 0;

    if (parts[i].len > out->max)
        return hub_why(why, HUB_E_SPACE, "too long");
    return hub_buf_append(out, parts[i]);
}

static void split(hub_span bytes)
{
    for (size_t i = 0; i < 3; i++) {
        const uint8_t *const zero = bytes.len == 0 ? NULL : memchr(bytes.ptr, 0, bytes.len);
        const size_t n = zero == NULL || i == 2 ? bytes.len : (size_t)(zero - bytes.ptr);
        parts[i] = hub_span_slice(bytes, 0, n);
        bytes = n == bytes.len ? HUB_SPAN_EMPTY : hub_span_slice(bytes, n + 1, bytes.len - n - 1);
    }
}

static hub_status task_files(hub_span bytes)
{
    HUB_CLEANUP(hub_task_free_at) struct hub_task *task = NULL;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(1 << 22);
    struct hub_why why;

    split(bytes);
    const hub_status status = hub_task_load(&task, "f.task.ini", read_part, &why);
    if (status != HUB_OK)
        return status == HUB_E_MEMORY ? status : HUB_E_DECODE;
    if (hub_task_write(&text, task) != HUB_OK || !hub_span_equal_var(hub_buf_span(&text), parts[0]))
        return HUB_E_CONFLICT;
    return HUB_OK;
}

static hub_status task_secret(hub_span bytes)
{
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret a = {.services = NULL};
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret b = {.services = NULL};
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf once = HUB_BUF_INIT(1 << 22);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf twice = HUB_BUF_INIT(1 << 22);
    struct hub_why why;

    if (hub_task_secret_parse(&a, bytes, "f", &why) != HUB_OK)
        return HUB_E_DECODE;
    if (hub_task_secret_write(&once, &a) != HUB_OK ||
        hub_task_secret_parse(&b, hub_buf_span(&once), "f", &why) != HUB_OK ||
        hub_task_secret_write(&twice, &b) != HUB_OK ||
        !hub_span_equal_var(hub_buf_span(&once), hub_buf_span(&twice)))
        return HUB_E_CONFLICT;
    return HUB_OK;
}

static hub_status collector_config(hub_span bytes)
{
    HUB_CLEANUP(hub_collector_config_clear) struct hub_collector_config c = {.measures = NULL};
    struct hub_why why;

    return hub_collector_config_parse(&c, bytes, "etc/c.ini", &why) == HUB_OK ? HUB_OK
                                                                              : HUB_E_DECODE;
}

/* Sealed to the key of 32 times 7, for task 5 5 5 .. */
static hub_status envelope(hub_span bytes)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf out = HUB_BUF_INIT(HUB_SEALED_SECRET_MAX);
    struct hub_sealed_label label = {.what = "token", .from = "leader", .to = "collector"};
    struct hub_hpke_keypair own;
    uint8_t key[HUB_HPKE_KEY_LEN];
    struct hub_why why;

    memset(&label.task, 5, sizeof(label.task));
    memset(key, 7, sizeof(key));
    if (hub_hpke_keypair_init(&own, 1, key) != HUB_OK)
        return HUB_E_MEMORY;
    return hub_sealed_read(&out, bytes, "f", &label, &own, &why) == HUB_OK ? HUB_OK : HUB_E_DECODE;
}

/* A device's journal: whatever stands there, the device opens; then it has the same again. */
struct memory {
    struct hub_buf bytes;
};

static hub_status memory_read(void *self, uint64_t offset, uint8_t *out, size_t n, size_t *got)
{
    const struct memory *const m = self;

    *got = offset >= m->bytes.len ? 0 : m->bytes.len - (size_t)offset;
    if (*got > n)
        *got = n;
    if (*got != 0)
        memcpy(out, m->bytes.ptr + offset, *got);
    return HUB_OK;
}

static hub_status memory_append(void *self, hub_span bytes)
{
    return hub_buf_append(&((struct memory *)self)->bytes, bytes);
}

static hub_status memory_replace(void *self, hub_span bytes)
{
    struct memory *const m = self;

    m->bytes.len = 0;
    return hub_buf_append(&m->bytes, bytes);
}

static hub_status no_random(void *self, uint8_t *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
    return HUB_OK;
}

static hub_status device_journal(hub_span bytes)
{
    static const uint64_t now_s = 1900000000;
    HUB_CLEANUP(hub_buf_clear) struct hub_buf first = HUB_BUF_INIT(1 << 24);
    struct memory m = {HUB_BUF_INIT(1 << 24)};
    const struct hub_device_storage storage = {&m, memory_read, memory_append, memory_replace};
    const struct hub_device_random random = {NULL, no_random};
    struct hub_device *device = NULL;
    hub_status status = hub_buf_append(&m.bytes, bytes);

    if (status == HUB_OK)
        status = hub_device_open(&device, &storage, &random, now_s);
    hub_device_close(device);
    device = NULL;
    if (status == HUB_OK)
        status = hub_buf_append(&first, hub_buf_span(&m.bytes));
    if (status == HUB_OK)
        status = hub_device_open(&device, &storage, &random, now_s);
    hub_device_close(device);
    if (status == HUB_OK && !hub_span_equal_var(hub_buf_span(&first), hub_buf_span(&m.bytes)))
        status = HUB_E_CONFLICT; /* the second opening found fault with what the first left */
    hub_buf_wipe(&m.bytes);
    return status;
}

const struct hub_codec hub_codecs[] = {
    {"TaskFiles", task_files},
    {"TaskSecret", task_secret},
    {"CollectorConfig", collector_config},
    {"Envelope", envelope},
    {"DeviceJournal", device_journal},
    {NULL, NULL},
};
