/* Reading one line of measurements. */
#include "device_line.h"

#include "utc_time.h"

static hub_span trim(hub_span s)
{
    while (s.len != 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
        s = hub_span_slice(s, 1, s.len - 1);
    while (s.len != 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t' ||
                          s.ptr[s.len - 1] == '\r' || s.ptr[s.len - 1] == '\n'))
        s.len--;
    return s;
}

/* A whole number with a sign or not, cut to 64 bits. */
static bool parse_value(uint64_t *out, hub_span s)
{
    const bool is_negative = s.len != 0 && s.ptr[0] == '-';
    uint64_t v = 0;

    if (s.len != 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = hub_span_slice(s, 1, s.len - 1);
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        v = v > (UINT64_MAX - digit) / 10 ? UINT64_MAX : v * 10 + digit;
    }
    *out = is_negative ? 0 : v;
    return true;
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == ';' || c == '\t';
}

static const char *parse_values(uint64_t *values, size_t n, hub_span s)
{
    size_t k = 0;

    for (size_t i = 0; i < s.len;) {
        size_t end = i;
        while (end < s.len && !is_separator(s.ptr[end]))
            end++;
        if (end != i) {
            if (k == n)
                return n == 1 ? "more than one number" : "more numbers than the task has cells";
            if (!parse_value(&values[k++], hub_span_slice(s, i, end - i)))
                return "not a whole number";
        }
        i = end + 1;
    }
    if (k == 0)
        return "no number";
    return k < n ? "fewer numbers than the task has cells" : NULL;
}

void device_line_parse(struct device_line *out, uint64_t *values, size_t n, hub_span line)
{
    hub_span text = trim(line);
    const uint8_t *const comma = text.len == 0 ? NULL : memchr(text.ptr, ',', text.len);

    *out = (struct device_line){.has_time = comma != NULL};
    if (comma != NULL) {
        const size_t at = (size_t)(comma - text.ptr);
        out->time_is_known = utc_parse(&out->time_s, trim(hub_span_slice(text, 0, at)));
        if (!out->time_is_known) {
            out->fault = "the time is neither seconds nor like 2026-03-02T08:30:00Z";
            return;
        }
        text = trim(hub_span_slice(text, at + 1, text.len - at - 1));
    }
    out->fault = parse_values(values, n, text);
}

bool device_line_is_head(hub_span line)
{
    const hub_span s = trim(line);

    return hub_span_equal_var(s, hub_span_text("value")) ||
           hub_span_equal_var(s, hub_span_text("time,value"));
}

bool device_line_is_blank(hub_span line)
{
    return trim(line).len == 0;
}
