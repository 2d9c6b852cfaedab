/* A clock in a shared page. */
#include "sim/stepped_clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE_BYTES = 4096 };

struct page {
    _Atomic uint64_t now_s;
};
_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "the page is read by other processes");

static hub_status map(struct hub_stepped_clock *c, const char *path, int flags, int protection,
                      struct hub_why *why)
{
    const int fd = open(path, flags | O_CLOEXEC, 0644);
    if (fd < 0)
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
    const bool sized = (flags & O_CREAT) == 0 || ftruncate(fd, PAGE_BYTES) == 0;
    void *const page = sized ? mmap(NULL, PAGE_BYTES, protection, MAP_SHARED, fd, 0) : MAP_FAILED;
    const int error = errno;
    (void)close(fd);
    if (page == MAP_FAILED)
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(error));
    c->page = page;
    return HUB_OK;
}

hub_status hub_stepped_clock_make(struct hub_stepped_clock *c, const char *path, uint64_t now_s,
                                  struct hub_why *why)
{
    HUB_TRY(map(c, path, O_RDWR | O_CREAT, PROT_READ | PROT_WRITE, why));
    atomic_store(&((struct page *)c->page)->now_s, now_s);
    return HUB_OK;
}

hub_status hub_stepped_clock_open(struct hub_stepped_clock *c, const char *path,
                                  struct hub_why *why)
{
    return map(c, path, O_RDONLY, PROT_READ, why);
}

void hub_stepped_clock_close(struct hub_stepped_clock *c)
{
    if (c->page != NULL)
        (void)munmap(c->page, PAGE_BYTES);
    c->page = NULL;
}

void hub_stepped_clock_advance(struct hub_stepped_clock *c, uint64_t now_s)
{
    struct page *const page = c->page;

    if (now_s > atomic_load(&page->now_s))
        atomic_store(&page->now_s, now_s);
}

static uint64_t stepped_now_s(void *self)
{
    const struct page *const page = self;

    return atomic_load(&page->now_s);
}

struct hub_clock hub_stepped_clock_of(struct hub_stepped_clock *c)
{
    return (struct hub_clock){stepped_now_s, c->page};
}
