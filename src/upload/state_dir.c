/* Files behind the device's storage. */
#include "upload/state_dir.h"

#include "base/file.h"
#include "base/reader.h"
#include "base/text.h"
#include "base/writer.h"
#include "crypto/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

enum { KEPT_MAX = 1 << 17, KEPT_NAME_BYTES = 12 };

/* DIR/name */
static char *path_in(const char *folder, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

static hub_status open_journal(struct hub_state_dir *d)
{
    if (d->journal_fd >= 0)
        return HUB_OK;
    d->journal_fd = open(d->journal, O_RDWR | O_CLOEXEC);
    if (d->journal_fd >= 0)
        return HUB_OK;
    return errno == ENOENT ? HUB_E_NOT_FOUND : HUB_E_IO;
}

static hub_status journal_read(void *self, uint64_t offset, uint8_t *out, size_t n, size_t *got)
{
    struct hub_state_dir *const d = self;

    HUB_TRY(open_journal(d));
    for (;;) {
        const ssize_t r = pread(d->journal_fd, out, n, (off_t)offset);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return HUB_E_IO;
        *got = (size_t)r;
        return HUB_OK;
    }
}

static hub_status journal_append(void *self, hub_span bytes)
{
    struct hub_state_dir *const d = self;

    HUB_TRY(open_journal(d));
    off_t at = lseek(d->journal_fd, 0, SEEK_END);
    if (at < 0)
        return HUB_E_IO;
    for (size_t done = 0; done < bytes.len;) {
        const ssize_t w = pwrite(d->journal_fd, bytes.ptr + done, bytes.len - done, at);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return HUB_E_IO;
        done += (size_t)w;
        at += w;
    }
    return fdatasync(d->journal_fd) == 0 ? HUB_OK : HUB_E_IO;
}

static hub_status journal_replace(void *self, hub_span bytes)
{
    struct hub_state_dir *const d = self;

    if (d->journal_fd >= 0)
        (void)close(d->journal_fd);
    d->journal_fd = -1;
    return hub_file_write(d->journal, bytes, 0600, NULL);
}

hub_status hub_state_dir_open(struct hub_state_dir *out, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(hub_state_dir_close)
    struct hub_state_dir d = {.lock_fd = -1, .journal_fd = -1};

    HUB_TRY(hub_file_make_dir(path, 0700, why));
    d.path = strdup(path);
    d.journal = path_in(path, "device.journal");
    char *const lock = path_in(path, "lock");
    if (lock != NULL)
        d.lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(lock);
    if (d.path == NULL || d.journal == NULL)
        return HUB_E_MEMORY;
    if (d.lock_fd < 0)
        return hub_why(why, HUB_E_IO, "%s/lock: %s", path, strerror(errno));
    if (flock(d.lock_fd, LOCK_EX | LOCK_NB) != 0)
        return hub_why(why, HUB_E_BUSY, "%s: another process is at work there", path);
    *out = d;
    d = (struct hub_state_dir){.lock_fd = -1, .journal_fd = -1};
    return HUB_OK;
}

void hub_state_dir_close(struct hub_state_dir *d)
{
    if (d->journal_fd >= 0)
        (void)close(d->journal_fd);
    if (d->lock_fd >= 0)
        (void)close(d->lock_fd);
    free(d->path);
    free(d->journal);
    *d = (struct hub_state_dir){.lock_fd = -1, .journal_fd = -1};
}

struct hub_device_storage hub_state_dir_storage(struct hub_state_dir *d)
{
    return (struct hub_device_storage){d, journal_read, journal_append, journal_replace};
}

/* DIR/keys-<hash of the URL> */
static char *kept_path(const struct hub_state_dir *d, const char *url)
{
    uint8_t digest[HUB_SHA256_LEN];
    char hex[2 * KEPT_NAME_BYTES + 1];
    char name[sizeof(hex) + 8];

    if (hub_sha256(digest, hub_span_text(url)) != HUB_OK)
        return NULL;
    hub_hex_encode(hex, hub_span_of(digest, KEPT_NAME_BYTES));
    (void)snprintf(name, sizeof(name), "keys-%s", hex);
    return path_in(d->path, name);
}

hub_status hub_state_dir_recall(const struct hub_state_dir *d, struct hub_buf *out,
                                uint32_t *max_age_s, const char *url, uint64_t now_s)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(KEPT_MAX);
    char *const path = kept_path(d, url);

    if (path == NULL)
        return HUB_E_MEMORY;
    const hub_status found = hub_file_read(&bytes, path, NULL);
    free(path);
    HUB_TRY(found);
    struct hub_reader r = hub_reader(hub_buf_span(&bytes));
    const uint64_t until_s = hub_read_u64(&r);
    const uint64_t from_s = hub_read_u64(&r);
    const hub_span body = hub_read_rest(&r);
    HUB_TRY(hub_reader_finish(&r));
    if (now_s >= until_s || now_s < from_s) /* over, or the clock went back */
        return HUB_E_NOT_FOUND;
    *max_age_s = until_s - now_s > UINT32_MAX ? UINT32_MAX : (uint32_t)(until_s - now_s);
    return hub_buf_append(out, body);
}

void hub_state_dir_keep(const struct hub_state_dir *d, const char *url, hub_span body,
                        uint32_t max_age_s, uint64_t now_s)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(KEPT_MAX);
    struct hub_writer w = hub_writer(&bytes);
    char *const path = kept_path(d, url);

    hub_write_u64(&w, now_s + max_age_s);
    hub_write_u64(&w, now_s);
    hub_write_span(&w, body);
    if (path != NULL && hub_writer_finish(&w) == HUB_OK) {
        const hub_status kept = hub_file_write(path, hub_buf_span(&bytes), 0600, NULL);
        (void)kept; /* said in the header: not worth a failure */
    }
    free(path);
}
