/* The head outside the database: two slots in blocks of their own, written in turn. Slots of the
 * first form, which did not tell the time, are still read. */
#include "ledger/head_file.h"

#include "base/file.h"
#include "base/reader.h"
#include "base/writer.h"
#include "crypto/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    N_SLOTS = 2,
    SLOT_SPACING = 4096,                         /* no two slots in one block of the disk */
    FIRST_LEN = 8 + 8 + 8 + HUB_LEDGER_HASH_LEN, /* magic, generation, length, hash */
    BODY_LEN = FIRST_LEN + 8,                    /* and the time */
    SLOT_LEN = BODY_LEN + HUB_SHA256_LEN         /* and its checksum */
};

static const uint8_t first_magic[8] = {'h', 'u', 'b', 'h', 'e', 'a', 'd', '1'};
static const uint8_t magic[8] = {'h', 'u', 'b', 'h', 'e', 'a', 'd', '2'};

/* What a slot says. */
struct slot {
    uint64_t generation;
    uint64_t time_s;
    struct hub_ledger_head head;
};

static hub_status encode_slot(struct hub_buf *out, const struct slot *slot)
{
    struct hub_writer w = hub_writer(out);
    uint8_t checksum[HUB_SHA256_LEN];

    hub_write_span(&w, HUB_SPAN_ARRAY(magic));
    hub_write_u64(&w, slot->generation);
    hub_write_u64(&w, slot->head.length);
    hub_write_span(&w, HUB_SPAN_ARRAY(slot->head.hash));
    hub_write_u64(&w, slot->time_s);
    HUB_TRY(hub_writer_finish(&w));
    HUB_TRY(hub_sha256(checksum, hub_buf_span(out)));
    return hub_buf_append(out, HUB_SPAN_ARRAY(checksum));
}

/* HUB_E_DECODE: never written, or cut short. */
static hub_status decode_slot(struct slot *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    struct slot read = {0};
    uint8_t checksum[HUB_SHA256_LEN];

    const hub_span start = hub_read_span(&r, sizeof(magic));
    const bool is_first = hub_span_equal_var(start, HUB_SPAN_ARRAY(first_magic));
    if (!is_first && !hub_span_equal_var(start, HUB_SPAN_ARRAY(magic)))
        return HUB_E_DECODE;
    read.generation = hub_read_u64(&r);
    read.head.length = hub_read_u64(&r);
    hub_read_bytes(&r, read.head.hash, sizeof(read.head.hash));
    read.time_s = is_first ? 0 : hub_read_u64(&r);
    const hub_span written = hub_read_span(&r, HUB_SHA256_LEN);
    if (r.failed) /* what stands behind a slot is no part of it */
        return HUB_E_DECODE;
    HUB_TRY(hub_sha256(checksum, hub_span_slice(bytes, 0, is_first ? FIRST_LEN : BODY_LEN)));
    if (!hub_span_equal_var(written, HUB_SPAN_ARRAY(checksum)))
        return HUB_E_DECODE;
    *out = read;
    return HUB_OK;
}

static hub_status read_slot(int fd, unsigned slot, uint8_t out[SLOT_LEN], size_t *len)
{
    ssize_t n;
    do
        n = pread(fd, out, SLOT_LEN, (off_t)slot * SLOT_SPACING);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return HUB_E_IO;
    *len = (size_t)n;
    return HUB_OK;
}

/* The newest whole slot. Generations, not rows, tell which is newer: after a rollback the chain
 * goes on from fewer rows. */
static hub_status read_slots(struct hub_head_file *file, struct hub_ledger_head *out, bool *found)
{
    for (unsigned i = 0; i < N_SLOTS; i++) {
        uint8_t bytes[SLOT_LEN];
        size_t len = 0;
        struct slot slot;
        HUB_TRY(read_slot(file->fd, i, bytes, &len));
        const hub_status status = decode_slot(&slot, hub_span_of(bytes, len));
        if (status == HUB_E_DECODE || (status == HUB_OK && slot.generation < file->generation))
            continue;
        HUB_TRY(status);
        file->generation = slot.generation;
        file->time_s = slot.time_s;
        *out = slot.head;
        *found = true;
    }
    return HUB_OK;
}

hub_status hub_head_file_open(struct hub_head_file *file, struct hub_ledger_head *out, bool *found,
                              const char *path, struct hub_why *why)
{
    HUB_CLEANUP(hub_head_file_close) struct hub_head_file opened = {0};
    struct hub_ledger_head head = {0};
    bool is_found = false;

    opened.fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (opened.fd < 0) {
        opened.fd = 0;
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
    }
    /* Two processes on one store would each believe in ids of their own. */
    if (flock(opened.fd, LOCK_EX | LOCK_NB) != 0)
        return hub_why(why, HUB_E_BUSY, "%s: another process has this store open", path);
    hub_status status = hub_file_sync_folder(path);
    if (status == HUB_OK)
        status = read_slots(&opened, &head, &is_found);
    if (status != HUB_OK)
        return hub_why(why, status, "%s: %s", path, strerror(errno));
    *file = opened;
    *out = head;
    *found = is_found;
    opened.fd = 0;
    return HUB_OK;
}

hub_status hub_head_file_peek(struct hub_ledger_head *out, bool *found, const char *path,
                              struct hub_why *why)
{
    HUB_CLEANUP(hub_head_file_close) struct hub_head_file file = {0};
    struct hub_ledger_head head = {0};
    bool is_found = false;

    file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file.fd < 0) {
        file.fd = 0;
        if (errno != ENOENT)
            return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
    } else if (read_slots(&file, &head, &is_found) != HUB_OK) {
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
    }
    *out = head;
    *found = is_found;
    return HUB_OK;
}

hub_status hub_head_file_write(struct hub_head_file *file, const struct hub_ledger_head *head,
                               uint64_t time_s)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(SLOT_LEN);
    const struct slot slot = {.generation = file->generation + 1,
                              .time_s = time_s > file->time_s ? time_s : file->time_s,
                              .head = *head};
    const off_t at = (off_t)(slot.generation % N_SLOTS) * SLOT_SPACING;

    HUB_TRY(encode_slot(&bytes, &slot));
    ssize_t n;
    do
        n = pwrite(file->fd, bytes.ptr, bytes.len, at);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)bytes.len || fdatasync(file->fd) != 0)
        return HUB_E_IO;
    file->generation = slot.generation;
    file->time_s = slot.time_s;
    return HUB_OK;
}

void hub_head_file_close(struct hub_head_file *file)
{
    if (file->fd > 0)
        (void)close(file->fd); /* the lock goes with it */
    *file = (struct hub_head_file){0};
}
