/* The API has no field for task_info and none for the verification key's id: "task-info" and 0. */
#include "interop/task.h"

#include <inttypes.h>
#include <stdio.h>

static const struct {
    const char *name;
    uint32_t type;
    bool has_max;
    bool is_vector; /* has length and chunk_length */
} kinds[] = {
    {"Prio3Count", HUB_VDAF_TYPE_PRIO3_COUNT, false, false},
    {"Prio3Sum", HUB_VDAF_TYPE_PRIO3_SUM, true, false},
    {"Prio3SumVec", HUB_VDAF_TYPE_PRIO3_SUMVEC, true, true},
    {"Prio3Histogram", HUB_VDAF_TYPE_PRIO3_HISTOGRAM, false, true},
};

static uint32_t decimal32(struct interop_fields *f, const char *name)
{
    const uint64_t n = interop_decimal(f, name);

    if (n > UINT32_MAX)
        interop_fields_fail(f, name, "is above 2^32 - 1");
    return (uint32_t)n;
}

static struct hub_vdaf_configuration read_vdaf(struct interop_fields *f)
{
    struct hub_vdaf_configuration v = {.type = 0};
    struct interop_fields vdaf = interop_object(f, "vdaf");
    const char *const type = interop_text(&vdaf, "type");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(type, kinds[i].name) != 0)
            continue;
        v.type = kinds[i].type;
        if (kinds[i].has_max)
            v.max_measurement = interop_decimal(&vdaf, "max_measurement");
        if (kinds[i].is_vector) {
            v.length = decimal32(&vdaf, "length");
            v.chunk_length = decimal32(&vdaf, "chunk_length");
        }
    }
    if (v.type == 0)
        interop_fields_fail(&vdaf, "type",
                            "is none of Prio3Count, Prio3Sum, Prio3SumVec, Prio3Histogram");
    f->status = vdaf.status;
    return v;
}

static uint64_t floor_to(uint64_t time_s, uint64_t precision_s)
{
    return precision_s == 0 ? time_s : time_s - time_s % precision_s;
}

static void read_interval(struct interop_fields *f, struct hub_task_plain *plain)
{
    if (!interop_has(f, "task_start") && !interop_has(f, "task_end"))
        return;
    plain->has_interval = true;
    plain->first_s = floor_to(interop_integer(f, "task_start"), plain->time_precision);
    plain->end_s = floor_to(interop_integer(f, "task_end"), plain->time_precision);
}

hub_status interop_task_new(struct hub_task **out, struct interop_fields *f)
{
    struct hub_task_plain plain = {.task_info = hub_span_text("task-info")};

    interop_bytes(f, "task_id", plain.id.bytes, sizeof(plain.id.bytes));
    plain.leader_url = interop_text(f, "leader");
    plain.helper_url = interop_text(f, "helper");
    plain.vdaf = read_vdaf(f);
    plain.time_precision = interop_integer(f, "time_precision");
    plain.min_batch = interop_has(f, "min_batch_size") ? interop_integer(f, "min_batch_size") : 0;
    const uint64_t mode = interop_integer(f, "batch_mode");
    if (mode != HUB_BATCH_TIME_INTERVAL && mode != HUB_BATCH_LEADER_SELECTED)
        interop_fields_fail(f, "batch_mode",
                            "is neither 1 (time interval) nor 2 (leader-selected)");
    plain.batch_mode = (enum hub_batch_mode)mode;
    read_interval(f, &plain);
    HUB_TRY(interop_fields_finish(f));
    return hub_task_new_plain(out, &plain, f->why);
}

static bool is_vector(const struct hub_task *task)
{
    return task->vdaf.type == HUB_VDAF_TYPE_PRIO3_SUMVEC;
}

/* One value of a measurement. */
static void append_value(struct interop_fields *f, const json_t *value, struct hub_buf *values)
{
    uint64_t n;

    if (!interop_parse_decimal(&n, value))
        interop_fields_fail(f, "measurement", "is not made of strings with decimal numbers");
    else if (hub_buf_append(values, hub_span_of(&n, sizeof(n))) != HUB_OK)
        interop_fields_fail(f, "measurement", "has too many numbers");
}

void interop_measurement(struct interop_fields *f, const struct hub_task *task,
                         struct hub_buf *values)
{
    const json_t *const m = json_object_get(f->object, "measurement");

    if (m == NULL)
        interop_fields_fail(f, "measurement", "is missing");
    if (f->status != HUB_OK)
        return;
    if (json_is_array(m) != is_vector(task)) {
        interop_fields_fail(f, "measurement",
                            is_vector(task) ? "is no array" : "is an array, for a single number");
        return;
    }
    if (!is_vector(task))
        append_value(f, m, values);
    for (size_t i = 0; i < json_array_size(m); i++)
        append_value(f, json_array_get(m, i), values);
    if (values->len != (is_vector(task) ? task->vdaf.length : 1) * sizeof(uint64_t))
        interop_fields_fail(f, "measurement", "has another length than the task");
}

static json_t *decimal(int64_t n)
{
    char text[24];

    (void)snprintf(text, sizeof(text), "%" PRId64, n);
    return json_string(text);
}

json_t *interop_result(const struct hub_task *task, const int64_t *totals, size_t n)
{
    if (task->vdaf.type == HUB_VDAF_TYPE_PRIO3_COUNT || task->vdaf.type == HUB_VDAF_TYPE_PRIO3_SUM)
        return decimal(totals[0]);
    json_t *const list = json_array();
    for (size_t i = 0; i < n; i++) {
        if (json_array_append_new(list, decimal(totals[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}
