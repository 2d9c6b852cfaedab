/* Whole files. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
}

hub_status hub_file_read(struct hub_buf *out, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hub_why(why, errno == ENOENT ? HUB_E_NOT_FOUND : HUB_E_IO, "%s: %s", path,
                       strerror(errno));
    for (;;) {
        uint8_t chunk[4096];
        const ssize_t n = read(fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
        if (n == 0)
            return HUB_OK;
        const hub_status status = hub_buf_append(out, hub_span_of(chunk, (size_t)n));
        hub_wipe(chunk, sizeof(chunk));
        if (status != HUB_OK)
            return hub_why(why, status, "%s: larger than %zu bytes", path, out->max);
    }
}

static hub_status write_all(int fd, hub_span bytes)
{
    while (bytes.len != 0) {
        const ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return HUB_E_IO;
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return HUB_OK;
}

hub_status hub_file_sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *const slash = strrchr(path, '/');
    const int n = slash == NULL
                      ? snprintf(folder, sizeof(folder), ".")
                      : snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - path), path);
    if (n < 0 || (size_t)n >= sizeof(folder))
        return HUB_E_IO;
    HUB_CLEANUP(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? HUB_OK : HUB_E_IO;
}

enum write_how { WRITE_QUICKLY, WRITE_SYNCED, WRITE_IN_PLACE_OF };

/* The owner of the file at path, if root writes for another. */
static hub_status keep_owner(int fd, const char *path)
{
    struct stat old;

    if (geteuid() != 0 || stat(path, &old) != 0 || (old.st_uid == 0 && old.st_gid == getegid()))
        return HUB_OK;
    return fchown(fd, old.st_uid, old.st_gid) == 0 ? HUB_OK : HUB_E_IO;
}

static hub_status write_file(const char *path, hub_span bytes, unsigned mode, enum write_how how,
                             struct hub_why *why)
{
    char tmp[PATH_MAX];
    const bool is_synced = how != WRITE_QUICKLY;
    const int n = snprintf(tmp, sizeof(tmp), "%s.tmp", path);
    if (n < 0 || (size_t)n >= sizeof(tmp))
        return hub_why(why, HUB_E_ARGUMENT, "%s: path too long", path);

    (void)unlink(tmp);
    HUB_CLEANUP(close_fd) int fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (fd < 0)
        return hub_why(why, HUB_E_IO, "%s: %s", tmp, strerror(errno));
    if ((how == WRITE_IN_PLACE_OF && keep_owner(fd, path) != HUB_OK) ||
        write_all(fd, bytes) != HUB_OK || (is_synced && fsync(fd) != 0) || rename(tmp, path) != 0 ||
        (is_synced && hub_file_sync_folder(path) != HUB_OK)) {
        const int error = errno;
        (void)unlink(tmp);
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(error));
    }
    return HUB_OK;
}

hub_status hub_file_write(const char *path, hub_span bytes, unsigned mode, struct hub_why *why)
{
    return write_file(path, bytes, mode, WRITE_SYNCED, why);
}

hub_status hub_file_replace(const char *path, hub_span bytes, unsigned mode, struct hub_why *why)
{
    return write_file(path, bytes, mode, WRITE_IN_PLACE_OF, why);
}

hub_status hub_file_put(const char *path, hub_span bytes, unsigned mode, struct hub_why *why)
{
    return write_file(path, bytes, mode, WRITE_QUICKLY, why);
}

hub_status hub_file_sync_all(const char *folder, struct hub_why *why)
{
    HUB_CLEANUP(close_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 || syncfs(fd) != 0)
        return hub_why(why, HUB_E_IO, "%s: %s", folder, strerror(errno));
    return HUB_OK;
}

hub_status hub_file_make_dir(const char *path, unsigned mode, struct hub_why *why)
{
    char part[PATH_MAX];
    const size_t len = strlen(path);

    if (len == 0 || len >= sizeof(part))
        return hub_why(why, HUB_E_ARGUMENT, "%s: not a folder's path", path);
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, (mode_t)mode) != 0 && errno != EEXIST)
            return hub_why(why, HUB_E_IO, "%s: %s", part, strerror(errno));
    }
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return hub_why(why, HUB_E_IO, "%s: not a folder", path);
    return HUB_OK;
}

hub_status hub_file_room(uint64_t *bytes, const char *path)
{
    const char *const slash = strrchr(path, '/');
    const size_t n = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    struct statvfs room;

    char *const folder = n == 0 ? strdup(".") : strndup(path, n);
    if (folder == NULL)
        return HUB_E_MEMORY;
    const int failed = statvfs(folder, &room);
    free(folder);
    if (failed != 0)
        return HUB_E_IO;
    *bytes = (uint64_t)room.f_bavail * room.f_frsize;
    return HUB_OK;
}
