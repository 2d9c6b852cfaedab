/* The journal: records one after the other, each with its length and a checksum. A record that does
 * not read ends it: nothing behind can be trusted to be all, so the device falls silent until it
 * can have forgotten nothing that matters. */
#include "device/state_internal.h"

#include "base/reader.h"
#include "base/writer.h"
#include "crypto/hash.h"

enum {
    RECORD_HEAD = 1,   /* version, fresh_s, latest_s, length of the records written with it */
    RECORD_JOINED = 2, /* a task; its number is how many came before */
    RECORD_SLOT = 3,   /* task, window, active, and the report if it is pending */
    RECORD_DONE = 4,   /* task, window: acknowledged or given up */
    RECORD_TIME = 5,   /* latest_s */
};
enum { VERSION = 1, CHECK_LEN = 8, READ_CHUNK = 4096, REWRITE_MIN = 16384 };

static void checksum(uint8_t out[CHECK_LEN], uint8_t type, hub_span body)
{
    uint8_t digest[HUB_SHA256_LEN] = {0};
    struct hub_sha256 h;

    hub_sha256_init(&h);
    hub_sha256_update(&h, hub_span_of(&type, 1));
    hub_sha256_update(&h, body);
    if (hub_sha256_finish(&h, digest) != HUB_OK)
        memset(digest, 0, sizeof(digest)); /* then the record will not read: fails closed */
    memcpy(out, digest, CHECK_LEN);
}

/* A record is begun, its body written through w, and ended. */
static size_t record_begin(struct hub_writer *w, uint8_t type)
{
    hub_write_u8(w, type);
    return hub_write_vec_begin(w, 4);
}

static void record_end(struct hub_writer *w, size_t at)
{
    uint8_t check[CHECK_LEN];

    hub_write_vec_end(w, at, 4);
    if (w->status != HUB_OK)
        return;
    checksum(check, w->buf->ptr[at - 1],
             hub_span_slice(hub_buf_span(w->buf), at + 4, w->buf->len - at - 4));
    hub_write_span(w, HUB_SPAN_ARRAY(check));
}

static void write_head(struct hub_writer *w, const struct hub_device *d, size_t len)
{
    const size_t at = record_begin(w, RECORD_HEAD);

    hub_write_u8(w, VERSION);
    hub_write_u64(w, d->fresh_s);
    hub_write_u64(w, d->latest_s);
    hub_write_u64(w, len);
    record_end(w, at);
}

static void write_time(struct hub_writer *w, const struct hub_device *d)
{
    const size_t at = record_begin(w, RECORD_TIME);

    hub_write_u64(w, d->latest_s);
    record_end(w, at);
}

static void write_joined(struct hub_writer *w, const struct hub_device_joined *j)
{
    const size_t at = record_begin(w, RECORD_JOINED);

    hub_write_span(w, HUB_SPAN_ARRAY(j->id.bytes));
    hub_write_u64(w, j->rho_day);
    hub_write_u32(w, j->first_day);
    hub_write_u32(w, j->last_day);
    hub_write_u64(w, j->floor);
    record_end(w, at);
}

static void write_slot(struct hub_writer *w, unsigned task, const struct hub_device_slot *s)
{
    const size_t at = record_begin(w, RECORD_SLOT);

    hub_write_u8(w, (uint8_t)task);
    hub_write_u64(w, s->window);
    hub_write_u8(w, s->is_active);
    hub_write_u8(w, s->is_pending);
    if (s->is_pending) {
        hub_write_span(w, HUB_SPAN_ARRAY(s->report.id));
        hub_write_vec32(w, hub_buf_span(&s->report.public_share));
        hub_write_vec32(w, hub_buf_span(&s->report.input_share[0]));
        hub_write_vec32(w, hub_buf_span(&s->report.input_share[1]));
    }
    record_end(w, at);
}

/* left: bytes behind the head, which must not be fewer than were written with it. */
static void read_head(struct hub_device *d, struct hub_reader *r, size_t left)
{
    if (hub_read_u8(r) != VERSION)
        hub_reader_fail(r);
    const uint64_t fresh_s = hub_read_u64(r);
    const uint64_t latest_s = hub_read_u64(r);
    if (hub_read_u64(r) > left)
        hub_reader_fail(r);
    if (hub_reader_finish(r) != HUB_OK)
        return;
    d->fresh_s = fresh_s;
    d->latest_s = latest_s;
}

static void read_joined(struct hub_device *d, struct hub_reader *r)
{
    struct hub_device_joined j = {.rho_day = 0};

    hub_read_bytes(r, j.id.bytes, sizeof(j.id.bytes));
    j.rho_day = hub_read_u64(r);
    j.first_day = hub_read_u32(r);
    j.last_day = hub_read_u32(r);
    j.floor = hub_read_u64(r);
    if (d->n_joined == HUB_DEVICE_TASKS_MAX)
        hub_reader_fail(r);
    if (hub_reader_finish(r) == HUB_OK)
        d->joined[d->n_joined++] = j;
}

static hub_status keep(struct hub_buf *out, hub_span bytes)
{
    *out = (struct hub_buf)HUB_BUF_INIT(bytes.len);
    return hub_buf_append(out, bytes);
}

/* Memory may fail here; then the whole load does. */
static hub_status read_slot(struct hub_device *d, struct hub_reader *r)
{
    const unsigned task = hub_read_u8(r);
    const uint64_t window = hub_read_u64(r);
    const bool is_active = hub_read_u8(r) != 0;
    const bool is_pending = hub_read_u8(r) != 0;
    struct hub_device_slot *slot;
    uint8_t id[HUB_REPORT_ID_LEN] = {0};
    hub_span parts[3] = {HUB_SPAN_EMPTY, HUB_SPAN_EMPTY, HUB_SPAN_EMPTY};

    if (is_pending) {
        hub_read_bytes(r, id, sizeof(id));
        for (size_t i = 0; i < 3; i++)
            parts[i] = hub_read_vec32(r, 0);
    }
    if (task >= d->n_joined)
        hub_reader_fail(r);
    if (hub_reader_finish(r) != HUB_OK)
        return HUB_OK;
    HUB_TRY(hub_device_slot_add(&d->joined[task], &slot, window));
    slot->is_active = is_active;
    slot->is_stored = true;
    slot->is_pending = is_pending;
    slot->was_sent = true;
    if (!is_pending)
        return HUB_OK;
    memcpy(slot->report.id, id, sizeof(id));
    slot->report.time = window;
    HUB_TRY(keep(&slot->report.public_share, parts[0]));
    HUB_TRY(keep(&slot->report.input_share[0], parts[1]));
    return keep(&slot->report.input_share[1], parts[2]);
}

static void read_done(struct hub_device *d, struct hub_reader *r)
{
    const unsigned task = hub_read_u8(r);
    const uint64_t window = hub_read_u64(r);

    if (task >= d->n_joined)
        hub_reader_fail(r);
    if (hub_reader_finish(r) != HUB_OK)
        return;
    struct hub_device_slot *const slot = hub_device_slot_find(&d->joined[task], window);
    if (slot != NULL) {
        slot->is_pending = false;
        hub_device_report_wipe(&slot->report);
    }
}

/* One record; false at the end and where nothing more reads. */
static bool take_record(struct hub_device *d, struct hub_reader *r, hub_status *status)
{
    uint8_t check[CHECK_LEN];
    const uint8_t type = hub_read_u8(r);
    const hub_span body = hub_read_vec32(r, 0);
    const hub_span told = hub_read_span(r, CHECK_LEN);

    if (r->failed)
        return false;
    checksum(check, type, body);
    struct hub_reader b = hub_reader(body);
    if (!hub_span_equal_var(told, HUB_SPAN_ARRAY(check)))
        return false;
    if (type == RECORD_HEAD) {
        read_head(d, &b, r->left);
    } else if (type == RECORD_JOINED) {
        read_joined(d, &b);
    } else if (type == RECORD_SLOT) {
        *status = read_slot(d, &b);
    } else if (type == RECORD_DONE) {
        read_done(d, &b);
    } else if (type == RECORD_TIME) {
        d->latest_s = hub_read_u64(&b);
    } else {
        hub_reader_fail(&b);
    }
    return hub_reader_finish(&b) == HUB_OK && *status == HUB_OK;
}

static hub_status read_all(struct hub_buf *out, const struct hub_device_storage *storage,
                           bool *is_new)
{
    *is_new = false;
    for (;;) {
        size_t got = 0;
        const size_t len = out->len;
        HUB_TRY(hub_buf_resize(out, len + READ_CHUNK));
        const hub_status status =
            storage->read(storage->self, len, out->ptr + len, READ_CHUNK, &got);
        if (status == HUB_E_NOT_FOUND && len == 0) {
            *is_new = true;
            return hub_buf_resize(out, 0);
        }
        HUB_TRY(status);
        if (got > READ_CHUNK)
            return HUB_E_IO;
        HUB_TRY(hub_buf_resize(out, len + got));
        if (got == 0)
            return HUB_OK;
    }
}

hub_status hub_device_journal_load(struct hub_device *d, bool *is_new)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf bytes = HUB_BUF_INIT(HUB_DEVICE_STATE_MAX);
    hub_status status = HUB_OK;

    HUB_TRY(read_all(&bytes, &d->storage, is_new));
    struct hub_reader r = hub_reader(hub_buf_span(&bytes));
    d->journal_len = bytes.len;
    while (r.left != 0) {
        if (!take_record(d, &r, &status)) {
            d->is_damaged = true;
            break;
        }
    }
    if (d->latest_s == 0)
        d->is_damaged = true; /* no head: an empty file is a lost one */
    return status;
}

hub_status hub_device_journal_rewrite(struct hub_device *d)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf records = HUB_BUF_INIT(HUB_DEVICE_STATE_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf bytes = HUB_BUF_INIT(HUB_DEVICE_STATE_MAX);
    struct hub_writer w = hub_writer(&records);
    struct hub_writer whole = hub_writer(&bytes);

    for (unsigned t = 0; t < d->n_joined; t++)
        write_joined(&w, &d->joined[t]);
    for (unsigned t = 0; t < d->n_joined; t++) {
        for (size_t i = 0; i < d->joined[t].n_slots; i++)
            write_slot(&w, t, &d->joined[t].slots[i]);
    }
    HUB_TRY(hub_writer_finish(&w));
    write_head(&whole, d, records.len);
    hub_write_span(&whole, hub_buf_span(&records));
    HUB_TRY(hub_writer_finish(&whole));
    HUB_TRY(d->storage.replace(d->storage.self, hub_buf_span(&bytes)));
    d->journal_len = bytes.len;
    d->is_damaged = false;
    for (unsigned t = 0; t < d->n_joined; t++) {
        for (size_t i = 0; i < d->joined[t].n_slots; i++)
            d->joined[t].slots[i].is_stored = true;
    }
    return HUB_OK;
}

/* Appends, or rewrites where the journal's end is in doubt. After a failed append it is. */
static hub_status append(struct hub_device *d, const struct hub_writer *w)
{
    HUB_TRY(hub_writer_finish(w));
    if (d->is_damaged)
        return hub_device_journal_rewrite(d);
    const hub_status status = d->storage.append(d->storage.self, hub_buf_span(w->buf));
    if (status != HUB_OK)
        d->is_damaged = true;
    else
        d->journal_len += w->buf->len;
    return status;
}

hub_status hub_device_journal_append_slots(struct hub_device *d)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf bytes = HUB_BUF_INIT(HUB_DEVICE_STATE_MAX);
    struct hub_writer w = hub_writer(&bytes);
    size_t n = 0;

    for (unsigned t = 0; t < d->n_joined; t++) {
        for (size_t i = 0; i < d->joined[t].n_slots; i++) {
            if (d->joined[t].slots[i].is_stored)
                continue;
            write_slot(&w, t, &d->joined[t].slots[i]);
            n++;
        }
    }
    if (n == 0)
        return HUB_OK;
    write_time(&w, d);
    HUB_TRY(append(d, &w));
    for (unsigned t = 0; t < d->n_joined; t++) {
        for (size_t i = 0; i < d->joined[t].n_slots; i++)
            d->joined[t].slots[i].is_stored = true;
    }
    return HUB_OK;
}

/* Bytes that a rewritten journal would have, roughly. */
static size_t live_len(const struct hub_device *d)
{
    size_t len = 64;

    for (unsigned t = 0; t < d->n_joined; t++) {
        len += 80;
        for (size_t i = 0; i < d->joined[t].n_slots; i++) {
            const struct hub_device_slot *const s = &d->joined[t].slots[i];
            len += 32 + s->report.public_share.len + s->report.input_share[0].len +
                   s->report.input_share[1].len;
        }
    }
    return len;
}

hub_status hub_device_journal_append_done(struct hub_device *d, unsigned task,
                                          const uint64_t *windows, size_t n)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(HUB_DEVICE_STATE_MAX);
    struct hub_writer w = hub_writer(&bytes);

    if (n == 0)
        return HUB_OK;
    if (d->journal_len > REWRITE_MIN && d->journal_len > 4 * live_len(d))
        return hub_device_journal_rewrite(d);
    for (size_t i = 0; i < n; i++) {
        const size_t at = record_begin(&w, RECORD_DONE);
        hub_write_u8(&w, (uint8_t)task);
        hub_write_u64(&w, windows[i]);
        record_end(&w, at);
    }
    return append(d, &w);
}
