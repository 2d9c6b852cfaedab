/* Items that stand in several messages. */
#include "wire/types.h"

#include "wire/limits.h"
#include "wire/vector_internal.h"

static const char *const report_error_names[HUB_N_REPORT_ERRORS] = {
    [HUB_REPORT_OK] = "ok",
    [HUB_REPORT_BATCH_COLLECTED] = "batch_collected",
    [HUB_REPORT_REPLAYED] = "report_replayed",
    [HUB_REPORT_DROPPED] = "report_dropped",
    [HUB_REPORT_HPKE_UNKNOWN_CONFIG_ID] = "hpke_unknown_config_id",
    [HUB_REPORT_HPKE_DECRYPT_ERROR] = "hpke_decrypt_error",
    [HUB_REPORT_VDAF_VERIFY_ERROR] = "vdaf_verify_error",
    [HUB_REPORT_TASK_EXPIRED] = "task_expired",
    [HUB_REPORT_INVALID_MESSAGE] = "invalid_message",
    [HUB_REPORT_TOO_EARLY] = "report_too_early",
    [HUB_REPORT_TASK_NOT_STARTED] = "task_not_started",
    [HUB_REPORT_OUTDATED_CONFIG] = "outdated_config",
};

const char *hub_report_error_name(enum hub_report_error error)
{
    return (unsigned)error < HUB_N_REPORT_ERRORS ? report_error_names[error] : "unknown";
}

struct hub_time_interval hub_read_time_interval(struct hub_reader *r)
{
    struct hub_time_interval i;

    i.start = hub_read_u64(r);
    i.duration = hub_read_u64(r);
    return i;
}

void hub_write_time_interval(struct hub_writer *w, struct hub_time_interval i)
{
    hub_write_u64(w, i.start);
    hub_write_u64(w, i.duration);
}

hub_span hub_read_limited16(struct hub_reader *r, size_t min_len, size_t max_len)
{
    const hub_span s = hub_read_vec16(r, min_len);

    if (s.len > max_len)
        hub_reader_fail(r);
    return s;
}

hub_span hub_read_limited32(struct hub_reader *r, size_t min_len, size_t max_len)
{
    const hub_span s = hub_read_vec32(r, min_len);

    if (s.len > max_len)
        hub_reader_fail(r);
    return s;
}

static void write_checked(struct hub_writer *w, hub_span s, size_t min_len, size_t max_len)
{
    if (w->status == HUB_OK && (s.len < min_len || s.len > max_len))
        w->status = HUB_E_ARGUMENT;
}

void hub_write_limited16(struct hub_writer *w, hub_span s, size_t min_len, size_t max_len)
{
    write_checked(w, s, min_len, max_len);
    hub_write_vec16(w, s);
}

void hub_write_limited32(struct hub_writer *w, hub_span s, size_t min_len, size_t max_len)
{
    write_checked(w, s, min_len, max_len);
    hub_write_vec32(w, s);
}

struct hub_ciphertext hub_read_ciphertext(struct hub_reader *r)
{
    struct hub_ciphertext c;

    c.config_id = hub_read_u8(r);
    c.enc = hub_read_limited16(r, 1, HUB_WIRE_ENC_MAX);
    c.payload = hub_read_limited32(r, 1, HUB_WIRE_PAYLOAD_MAX);
    return c;
}

void hub_write_ciphertext(struct hub_writer *w, const struct hub_ciphertext *c)
{
    hub_write_u8(w, c->config_id);
    hub_write_limited16(w, c->enc, 1, HUB_WIRE_ENC_MAX);
    hub_write_limited32(w, c->payload, 1, HUB_WIRE_PAYLOAD_MAX);
}
