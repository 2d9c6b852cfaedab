/* Files for readers that take a path: in memory, one of each name for each process. */
#ifndef TESTS_FUZZ_SCRATCH_H
#define TESTS_FUZZ_SCRATCH_H

#include "base/bytes.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCRATCH_PATH_MAX = 128 };

/* Writes the file and tells its path; false if that fails. The caller unlinks it; the folder stays
 * for the next. */
static inline bool scratch_write(char path[SCRATCH_PATH_MAX], const char *name, hub_span bytes)
{
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    (void)snprintf(path, SCRATCH_PATH_MAX, "%s/hubbub-fuzz-%ld", root, (long)getpid());
    (void)mkdir(path, 0700);
    (void)snprintf(path, SCRATCH_PATH_MAX, "%s/hubbub-fuzz-%ld/%s", root, (long)getpid(), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool whole = bytes.len == 0 || write(fd, bytes.ptr, bytes.len) == (ssize_t)bytes.len;
    return close(fd) == 0 && whole;
}

/* The folder, when all is done. */
static inline void scratch_remove(void)
{
    char path[SCRATCH_PATH_MAX];

    (void)snprintf(path, sizeof(path), "/dev/shm/hubbub-fuzz-%ld", (long)getpid());
    (void)rmdir(path);
    (void)snprintf(path, sizeof(path), "/tmp/hubbub-fuzz-%ld", (long)getpid());
    (void)rmdir(path);
}

#endif
