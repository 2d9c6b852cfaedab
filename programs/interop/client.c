/* `hubbub interop client`: each upload is a device of its own, which makes one report and sends it
 * by the device's and the uploader's own code. */
#include "../../tests/interop/plain_device.h"
#include "interop.h"
#include "interop/run.h"
#include "interop/task.h"

#include "crypto/random.h"
#include "upload/upload.h"

enum { N_THREADS = 4, VALUES_MAX = 1 << 20 };

struct client {
    struct hub_log log;
    struct hub_clock clock;
    struct hub_rng rng;
};

static void close_at(struct hub_device **device)
{
    hub_device_close(*device);
}

static hub_status send_report(const struct client *c, struct hub_device *device,
                              struct hub_why *why)
{
    struct hub_upload_config config = hub_upload_config();
    struct hub_device_result result;

    config.rng = c->rng;
    config.batch = 1;
    config.patience_s = 0; /* one request a call */
    const hub_status status = hub_upload_run(device, 0, &config, &c->clock, &result, why);
    /* the device would wait until the leader's clock has come so far */
    if (status == HUB_E_BUSY && result.http_status == 200)
        return hub_why(why, HUB_E_REFUSED, "the leader rejects the report: %s",
                       hub_report_error_name(HUB_REPORT_TOO_EARLY));
    HUB_TRY(status);
    for (unsigned e = 1; e < HUB_N_REPORT_ERRORS && result.n_accepted == 0; e++) {
        if (result.n_by_error[e] != 0)
            return hub_why(why, HUB_E_REFUSED, "the leader rejects the report: %s",
                           hub_report_error_name((enum hub_report_error)e));
    }
    return result.n_accepted == 1 ? HUB_OK
                                  : hub_why(why, HUB_E_REFUSED,
                                            "the report was not sent: its time is outside the "
                                            "task's interval");
}

static hub_status upload(void *self, const json_t *request, json_t *reply, struct hub_why *why)
{
    const struct client *const c = self;
    HUB_CLEANUP(hub_task_free_at) struct hub_task *task = NULL;
    HUB_CLEANUP(close_at) struct hub_device *device = NULL;
    HUB_CLEANUP(hub_buf_wipe)
    struct hub_buf values = HUB_BUF_INIT(VALUES_MAX * sizeof(uint64_t));
    struct interop_fields f = interop_fields(request, why);

    (void)reply;
    HUB_TRY(interop_task_new(&task, &f));
    interop_measurement(&f, task, &values);
    const uint64_t time_s =
        interop_has(&f, "time") ? interop_integer(&f, "time") : hub_now_s(&c->clock);
    HUB_TRY(interop_fields_finish(&f));
    const uint64_t *const v = (const uint64_t *)(const void *)values.ptr;
    const bool is_vector = json_is_array(json_object_get(request, "measurement"));
    const struct hub_measurement m = {.number = is_vector ? 0 : v[0],
                                      .vector = is_vector ? v : NULL,
                                      .n = is_vector ? values.len / sizeof(*v) : 0};
    const hub_status status =
        test_plain_device_new(&device, &task, hub_task_window(task, time_s), &m, &c->rng);
    if (status == HUB_E_MEASUREMENT)
        return hub_why(why, status, "\"measurement\" is out of the task's range");
    if (status != HUB_OK)
        return hub_why(why, status, "no report of these parameters: %s", hub_status_text(status));
    return send_report(c, device, why);
}

static const struct interop_endpoint endpoints[] = {
    {.name = "ready"},
    {.name = "upload", .fields = {"status", "error"}, .run = upload},
};

int hub_interop_client(int argc, char **argv)
{
    struct interop_options options;
    int exit_code;

    if (!interop_options_read(&options, argc, argv, NULL, &exit_code))
        return exit_code;
    interop_signals_block();
    struct client c = {
        .log = interop_log("client"), .clock = hub_system_clock(), .rng = hub_system_rng()};
    const struct interop_api api = {.endpoints = endpoints,
                                    .n_endpoints = sizeof(endpoints) / sizeof(endpoints[0]),
                                    .self = &c,
                                    .n_threads = N_THREADS,
                                    .log = &c.log};
    return interop_serve(&api, &options);
}
