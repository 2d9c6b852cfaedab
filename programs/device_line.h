/* One line of a device's input: `value`, or `time,value`.
 *
 * time:  POSIX seconds, or a UTC time like 2026-03-02T08:30:00Z (the T may be a space; seconds and
 * Z may be missing). value: a whole number, which may have a sign; several of them for vectors,
 * separated by spaces or semicolons. What is below 0 becomes 0, what is beyond 64 bits the largest
 * number: the device clamps to the task's range. */
#ifndef DEVICE_LINE_H
#define DEVICE_LINE_H

#include "base/bytes.h"

struct device_line {
    bool has_time;      /* else it is about now */
    bool time_is_known; /* has_time, and it could be read */
    uint64_t time_s;
    const char *fault; /* NULL: values are a measurement; else why they are none */
};

/* Fills values, of which there are n. */
void device_line_parse(struct device_line *out, uint64_t *values, size_t n, hub_span line);
/* A first line that names the columns: "value" or "time,value". */
bool device_line_is_head(hub_span line);
bool device_line_is_blank(hub_span line);

#endif
