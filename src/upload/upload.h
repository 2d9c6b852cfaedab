/* From a device's pending reports to the leader's acknowledgements: HTTP, kept keys, and patience.
 */
#ifndef UPLOAD_UPLOAD_H
#define UPLOAD_UPLOAD_H

#include "base/clock.h"
#include "base/rng.h"
#include "http/client.h"
#include "hubbub/device.h"
#include "upload/state_dir.h"

enum { HUB_UPLOAD_BATCH_MAX = 10000 };

struct hub_upload_config {
    struct hub_http_client_config http;
    struct hub_state_dir *state; /* keeps key lists; may be NULL */
    struct hub_rng rng;          /* for jitter */
    size_t batch;                /* reports a request, at most */
    uint32_t patience_s;         /* gives up when nothing was acknowledged for so long */
    uint32_t pause_first_ms;     /* the first pause; it doubles, */
    uint32_t pause_max_ms;       /* up to this; a server's Retry-After may ask for more */
    /* Called after each request and before each pause; may be NULL. */
    void (*told)(void *self, const struct hub_device_result *sum, uint32_t pause_ms);
    void *self;
};

/* The usual values; state, told and self are to be set. */
struct hub_upload_config hub_upload_config(void);

/* Sends until nothing of the task is pending. sum adds up all requests. HUB_E_NETWORK, HUB_E_BUSY:
 * patience is over, what is left stays pending; HUB_E_REFUSED: the leader does not take it, why
 * says what it answered. The clock is the caller's, pauses are real. */
HUB_MUST_USE hub_status hub_upload_run(struct hub_device *device, unsigned task,
                                       const struct hub_upload_config *config,
                                       const struct hub_clock *clock, struct hub_device_result *sum,
                                       struct hub_why *why);

#endif
