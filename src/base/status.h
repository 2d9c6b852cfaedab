/* hub_status, and the one macro with control flow. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include "hubbub/status.h"

#include <stddef.h>

/* Leaves the calling function with the status of expr, unless it is HUB_OK. */
#define HUB_TRY(expr)                 \
    do {                              \
        hub_status hub_try_ = (expr); \
        if (hub_try_ != HUB_OK)       \
            return hub_try_;          \
    } while (0)

/* Declares a local with the function that empties it on every way out of its block. */
#define HUB_CLEANUP(clear) __attribute__((cleanup(clear)))

/* Why something was refused, for the person who can mend it: what was wrong and where. Filled next
 * to a status by functions that read files, options and texts. */
struct hub_why {
    char text[320];
};

/* Writes the sentence and hands the status on, so that a refusal is one line. why may be NULL. */
hub_status hub_why(struct hub_why *why, hub_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
