/* Marks bytes as public for the constant-time tests (-Dct=true), which run under valgrind with
 * secrets undefined. Elsewhere it does nothing. Each use says why the bytes may be known. */
#ifndef BASE_DECLASSIFY_H
#define BASE_DECLASSIFY_H

#include <stddef.h>

#ifdef HUB_CT
#include <valgrind/memcheck.h>
#endif

static inline void hub_declassify(const void *p, size_t n)
{
#ifdef HUB_CT
    VALGRIND_MAKE_MEM_DEFINED(p, n);
#else
    (void)p;
    (void)n;
#endif
}

#endif
