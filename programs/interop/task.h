/* Tasks of the test API: made of a request's fields, without a statement and without noise. */
#ifndef INTEROP_TASK_H
#define INTEROP_TASK_H

#include "interop/fields.h"
#include "task/task.h"

/* From task_id, leader, helper, vdaf, batch_mode, min_batch_size, time_precision, and task_start
 * with task_end where both are there. */
HUB_MUST_USE hub_status interop_task_new(struct hub_task **out, struct interop_fields *f);

/* "measurement" as the task's VDAF wants it. Appends its values (uint64_t) to values: one for
 * Count, Sum and Histogram. */
void interop_measurement(struct interop_fields *f, const struct hub_task *task,
                         struct hub_buf *values);
/* Totals as decimal strings: one, or an array for vectors. NULL: no memory. */
json_t *interop_result(const struct hub_task *task, const int64_t *totals, size_t n);

#endif
