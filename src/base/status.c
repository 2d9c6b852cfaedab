/* Phrases for statuses. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

static const char *const texts[HUB_N_STATUS] = {
    [HUB_OK] = "done",
    [HUB_E_ARGUMENT] = "wrong argument",
    [HUB_E_MEASUREMENT] = "measurement out of range",
    [HUB_E_SPACE] = "larger than its limit",
    [HUB_E_NOT_FOUND] = "not found",
    [HUB_E_CONFIG] = "wrong configuration",
    [HUB_E_DECODE] = "malformed message",
    [HUB_E_VERIFY] = "verification failed",
    [HUB_E_OPEN] = "decryption failed",
    [HUB_E_REFUSED] = "refused",
    [HUB_E_CONFLICT] = "in conflict with what is there",
    [HUB_E_MEMORY] = "out of memory",
    [HUB_E_IO] = "input or output failed",
    [HUB_E_DB] = "database failed",
    [HUB_E_NETWORK] = "network failed",
    [HUB_E_CRYPTO] = "cryptographic library failed",
    [HUB_E_RANDOM] = "no randomness",
    [HUB_E_BUSY] = "busy, try again",
};

const char *hub_status_text(hub_status status)
{
    return (unsigned)status < HUB_N_STATUS ? texts[status] : "unknown status";
}

hub_status hub_why(struct hub_why *why, hub_status status, const char *format, ...)
{
    if (why != NULL) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(why->text, sizeof(why->text), format, args);
        va_end(args);
    }
    return status;
}
