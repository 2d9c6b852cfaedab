/* The truth of a demonstration: only its simulator knows it, and only a page that was asked for it
 * shows it. The file grows while it is read: a last line without its end is left for later. */
#include "base/file.h"
#include "base/text.h"
#include "page/chart.h"
#include "page/office_internal.h"

#include <stdlib.h>

enum { TRUTH_FILE_MAX = 64 << 20, TRUTH_FIELDS = 5 };

struct truth_row {
    uint64_t start;
    uint64_t length_s;
    int64_t total;
};

/* The next line without its end; false when there is no whole one left. */
static bool next_line(hub_span *line, hub_span *rest)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->ptr, '\n', rest->len);

    if (end == NULL)
        return false;
    size_t n = (size_t)(end - rest->ptr);
    *line = hub_span_slice(*rest, 0, n);
    *rest = hub_span_slice(*rest, n + 1, rest->len - n - 1);
    return true;
}

static bool split(hub_span fields[TRUTH_FIELDS], hub_span line)
{
    for (size_t i = 0; i < TRUTH_FIELDS; i++) {
        const uint8_t *comma = line.len == 0 ? NULL : memchr(line.ptr, ',', line.len);
        size_t n = comma == NULL ? line.len : (size_t)(comma - line.ptr);
        if ((comma == NULL) != (i == TRUTH_FIELDS - 1))
            return false;
        fields[i] = hub_span_slice(line, 0, n);
        if (comma != NULL)
            line = hub_span_slice(line, n + 1, line.len - n - 1);
    }
    return true;
}

/* True for a row of this measure and cell. Lines that are none, the header among them, are passed
 * over. */
static bool read_row(struct truth_row *out, hub_span line, hub_span measure, uint32_t cell)
{
    hub_span f[TRUTH_FIELDS];
    uint64_t row_cell;
    uint64_t size;

    if (!split(f, line) || !hub_span_equal_var(f[0], measure))
        return false;
    if (hub_u64_parse(&row_cell, f[3], 0, UINT32_MAX) != HUB_OK || row_cell != cell ||
        hub_u64_parse(&out->start, f[1], 0, INT64_MAX) != HUB_OK ||
        hub_u64_parse(&out->length_s, f[2], 1, UINT32_MAX) != HUB_OK)
        return false;
    bool is_negative = f[4].len > 0 && f[4].ptr[0] == '-';
    hub_span digits = is_negative ? hub_span_slice(f[4], 1, f[4].len - 1) : f[4];
    if (hub_u64_parse(&size, digits, 0, INT64_MAX) != HUB_OK)
        return false;
    out->total = is_negative ? -(int64_t)size : (int64_t)size;
    return true;
}

static int by_start(const void *a, const void *b)
{
    const struct truth_row *x = a;
    const struct truth_row *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

static hub_status read_rows(struct hub_office *o, struct truth_row **out, size_t *n, hub_span text,
                            const char *measure, uint32_t cell)
{
    size_t n_lines = 0;
    size_t n_rows = 0;
    hub_span line;

    for (hub_span rest = text; next_line(&line, &rest);)
        n_lines++;
    struct truth_row *rows = HUB_ARENA_NEW(&o->arena, struct truth_row, n_lines + 1);
    if (rows == NULL)
        return HUB_E_MEMORY;
    for (hub_span rest = text; next_line(&line, &rest);) {
        if (read_row(&rows[n_rows], line, hub_span_text(measure), cell))
            n_rows++;
    }
    qsort(rows, n_rows, sizeof(*rows), by_start);
    *out = rows;
    *n = n_rows;
    return HUB_OK;
}

/* A step has a true total if its windows cover it. */
static bool sum_truth(struct hub_truth_step *out, const struct hub_slot *slot,
                      const struct truth_row *rows, size_t n, size_t *at)
{
    uint64_t covered_s = 0;
    double total = 0;

    while (*at < n && rows[*at].start < slot->start)
        (*at)++;
    for (; *at < n && rows[*at].start + rows[*at].length_s <= slot->end; (*at)++) {
        covered_s += rows[*at].length_s;
        total += (double)rows[*at].total;
    }
    *out = (struct hub_truth_step){slot->start, slot->end, total};
    return covered_s == slot->end - slot->start;
}

hub_status hub_office_truth(struct hub_office *o, struct hub_truth_step **out, size_t *n,
                            const char *measure, uint32_t cell, const struct hub_slot *slots,
                            size_t n_slots)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(TRUTH_FILE_MAX);
    struct truth_row *rows;
    size_t n_rows;
    size_t at = 0;

    *n = 0;
    if (o->config.truth[0] == '\0' || hub_file_read(&text, o->config.truth, NULL) != HUB_OK)
        return HUB_OK; /* no truth to show is no failure */
    HUB_TRY(read_rows(o, &rows, &n_rows, hub_buf_span(&text), measure, cell));
    struct hub_truth_step *steps = HUB_ARENA_NEW(&o->arena, struct hub_truth_step, n_slots + 1);
    if (steps == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < n_slots; i++) {
        if (slots[i].state != HUB_SLOT_NONE && sum_truth(&steps[*n], &slots[i], rows, n_rows, &at))
            (*n)++;
    }
    *out = steps;
    return HUB_OK;
}
