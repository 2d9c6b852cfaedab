/* The head outside the database: two slots in blocks of their own, written in turn. */
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
    SLOT_SPACING = 4096,                        /* no two slots in one block of the disk */
    BODY_LEN = 8 + 8 + 8 + HUB_LEDGER_HASH_LEN, /* magic, generation, length, hash */
    SLOT_LEN = BODY_LEN + HUB_SHA256_LEN        /* and its checksum */
};

static const uint8_t magic[8] = {'h', 'u', 'b', 'h', 'e', 'a', 'd', '1'};

static hub_status encode_slot(struct hub_buf *out, uint64_t generation,
                              const struct hub_ledger_head *head)
{
    struct hub_writer w = hub_writer(out);
    uint8_t checksum[HUB_SHA256_LEN];

    hub_write_span(&w, HUB_SPAN_ARRAY(magic));
    hub_write_u64(&w, generation);
    hub_write_u64(&w, head->length);
    hub_write_span(&w, HUB_SPAN_ARRAY(head->hash));
    HUB_TRY(hub_writer_finish(&w));
    HUB_TRY(hub_sha256(checksum, hub_buf_span(out)));
    return hub_buf_append(out, HUB_SPAN_ARRAY(checksum));
}

/* HUB_E_DECODE: never written, or cut short. */
static hub_status decode_slot(uint64_t *generation, struct hub_ledger_head *head, hub_span slot)
{
    struct hub_reader r = hub_reader(slot);
    struct hub_ledger_head read = {0};
    uint8_t checksum[HUB_SHA256_LEN];

    const hub_span start = hub_read_span(&r, sizeof(magic));
    const uint64_t number = hub_read_u64(&r);
    read.length = hub_read_u64(&r);
    hub_read_bytes(&r, read.hash, sizeof(read.hash));
    const hub_span written = hub_read_span(&r, HUB_SHA256_LEN);
    HUB_TRY(hub_reader_finish(&r));
    HUB_TRY(hub_sha256(checksum, hub_span_slice(slot, 0, BODY_LEN)));
    if (!hub_span_equal_var(start, HUB_SPAN_ARRAY(magic)) ||
        !hub_span_equal_var(written, HUB_SPAN_ARRAY(checksum)))
        return HUB_E_DECODE;
    *generation = number;
    *head = read;
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
        uint64_t generation;
        struct hub_ledger_head head;
        HUB_TRY(read_slot(file->fd, i, bytes, &len));
        const hub_status status = decode_slot(&generation, &head, hub_span_of(bytes, len));
        if (status == HUB_E_DECODE || (status == HUB_OK && generation < file->generation))
            continue;
        HUB_TRY(status);
        file->generation = generation;
        *out = head;
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

hub_status hub_head_file_write(struct hub_head_file *file, const struct hub_ledger_head *head)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf slot = HUB_BUF_INIT(SLOT_LEN);
    const uint64_t generation = file->generation + 1;
    const off_t at = (off_t)(generation % N_SLOTS) * SLOT_SPACING;

    HUB_TRY(encode_slot(&slot, generation, head));
    ssize_t n;
    do
        n = pwrite(file->fd, slot.ptr, slot.len, at);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)slot.len || fdatasync(file->fd) != 0)
        return HUB_E_IO;
    file->generation = generation;
    return HUB_OK;
}

void hub_head_file_close(struct hub_head_file *file)
{
    if (file->fd > 0)
        (void)close(file->fd); /* the lock goes with it */
    *file = (struct hub_head_file){0};
}
