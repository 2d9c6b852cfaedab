/* Memory with pages behind and before it that nobody may touch: a kernel that reads or writes one
 * byte too far is killed there, on every tier, also where no sanitizer looks. */
#ifndef KERNELS_FENCE_H
#define KERNELS_FENCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

struct fence {
    uint8_t *map;
    size_t map_len;
    uint8_t *start; /* behind the first page that is closed */
    uint8_t *end;   /* before the last one */
};

static inline void fence_open(struct fence *f, size_t capacity)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inner = (capacity + page - 1) / page * page;

    inner = inner == 0 ? page : inner;
    f->map_len = inner + 2 * page;
    f->map = mmap(NULL, f->map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(f->map != MAP_FAILED);
    assert_int_equal(mprotect(f->map, page, PROT_NONE), 0);
    assert_int_equal(mprotect(f->map + page + inner, page, PROT_NONE), 0);
    f->start = f->map + page;
    f->end = f->start + inner;
}

static inline void fence_close(struct fence *f)
{
    if (f->map != NULL)
        (void)munmap(f->map, f->map_len);
    *f = (struct fence){0};
}

/* n bytes, all 0xee: the last one before the closed page, but for what the alignment takes; or the
 * first one behind it. */
static inline uint8_t *fence_end(const struct fence *f, size_t n, size_t alignment)
{
    uint8_t *p = f->end - (n + alignment - 1) / alignment * alignment;

    assert_true(n <= (size_t)(f->end - f->start));
    memset(f->start, 0xee, (size_t)(f->end - f->start));
    return p;
}

static inline uint8_t *fence_start(const struct fence *f, size_t n)
{
    assert_true(n <= (size_t)(f->end - f->start));
    memset(f->start, 0xee, (size_t)(f->end - f->start));
    return f->start;
}

/* The bytes that the alignment left between n bytes and the closed page are as they were. */
static inline void fence_check(const struct fence *f, const uint8_t *p, size_t n)
{
    for (const uint8_t *at = p + n; at < f->end; at++)
        assert_int_equal(*at, 0xee);
}

#endif
