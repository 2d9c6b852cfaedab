/* TaskConfiguration. */
#include "wire/task_configuration.h"

#include "wire/extension.h"
#include "wire/limits.h"
#include "wire/vector_internal.h"

static enum hub_batch_mode read_batch_mode(struct hub_reader *r)
{
    const uint8_t mode = hub_read_u8(r);

    if (mode != HUB_BATCH_TIME_INTERVAL && mode != HUB_BATCH_LEADER_SELECTED)
        hub_reader_fail(r);
    return (enum hub_batch_mode)mode;
}

/* Section 4.1: a Url is ASCII. */
static hub_span read_url(struct hub_reader *r)
{
    const hub_span url = hub_read_limited16(r, 1, HUB_WIRE_URL_MAX);

    for (size_t i = 0; i < url.len; i++) {
        if (url.ptr[i] <= ' ' || url.ptr[i] > '~')
            hub_reader_fail(r);
    }
    return url;
}

/* task_interval is the one extension there is, so that the list holds it or nothing. */
static void read_task_extensions(struct hub_reader *r, struct hub_task_configuration *c)
{
    static const uint16_t known[] = {HUB_TASK_EXTENSION_TASK_INTERVAL};
    const hub_span list = hub_read_extensions(r);
    hub_span data;

    if (hub_extensions_faults(list, known, 1) != 0)
        hub_reader_fail(r);
    if (r->failed || !hub_extension_find(list, HUB_TASK_EXTENSION_TASK_INTERVAL, &data))
        return;
    struct hub_reader interval = hub_reader(data);
    c->has_task_interval = true;
    c->task_interval = hub_read_time_interval(&interval);
    if (hub_reader_finish(&interval) != HUB_OK || !hub_time_interval_is_valid(c->task_interval))
        hub_reader_fail(r);
}

hub_status hub_task_configuration_decode(struct hub_task_configuration *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    struct hub_task_configuration c = {0};

    c.task_info = hub_read_vec8(&r, 1);
    c.leader_url = read_url(&r);
    c.helper_url = read_url(&r);
    c.time_precision = hub_read_u64(&r);
    if (c.time_precision == 0)
        hub_reader_fail(&r);
    c.min_batch_size = hub_read_u64(&r);
    c.batch_mode = read_batch_mode(&r);
    (void)hub_read_limited16(&r, 0, 0); /* batch_config, which both modes leave empty */
    c.vdaf = hub_read_vdaf_configuration(&r);
    read_task_extensions(&r, &c);
    HUB_TRY(hub_reader_finish(&r));
    *out = c;
    return HUB_OK;
}

static void write_task_extensions(struct hub_writer *w, const struct hub_task_configuration *c)
{
    const size_t list = hub_write_vec_begin(w, 2);

    if (c->has_task_interval) {
        hub_write_u16(w, HUB_TASK_EXTENSION_TASK_INTERVAL);
        const size_t data = hub_write_vec_begin(w, 2);
        hub_write_time_interval(w, c->task_interval);
        hub_write_vec_end(w, data, 2);
    }
    hub_write_vec_end(w, list, 2);
}

hub_status hub_task_configuration_encode(struct hub_buf *out,
                                         const struct hub_task_configuration *c)
{
    struct hub_writer w = hub_writer(out);

    if (c->task_info.len == 0 || c->task_info.len > HUB_WIRE_TASK_INFO_MAX ||
        c->time_precision == 0 ||
        (c->has_task_interval && !hub_time_interval_is_valid(c->task_interval)))
        return HUB_E_ARGUMENT;
    hub_write_vec8(&w, c->task_info);
    hub_write_limited16(&w, c->leader_url, 1, HUB_WIRE_URL_MAX);
    hub_write_limited16(&w, c->helper_url, 1, HUB_WIRE_URL_MAX);
    hub_write_u64(&w, c->time_precision);
    hub_write_u64(&w, c->min_batch_size);
    hub_write_u8(&w, (uint8_t)c->batch_mode);
    hub_write_vec16(&w, HUB_SPAN_EMPTY);
    hub_write_vdaf_configuration(&w, &c->vdaf);
    write_task_extensions(&w, c);
    return hub_writer_finish(&w);
}
