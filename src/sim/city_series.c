/* Reads the demo's series. */
#include "sim/city_series.h"

#include "base/text.h"

#include <stdlib.h>

struct lines {
    hub_span rest;
    unsigned number;
};

static bool next_line(struct lines *l, hub_span *out)
{
    if (l->rest.len == 0)
        return false;
    const uint8_t *const end = memchr(l->rest.ptr, '\n', l->rest.len);
    const size_t n = end == NULL ? l->rest.len : (size_t)(end - l->rest.ptr);
    *out = hub_span_slice(l->rest, 0, n);
    l->rest = end == NULL ? HUB_SPAN_EMPTY : hub_span_slice(l->rest, n + 1, l->rest.len - n - 1);
    l->number++;
    return true;
}

/* Takes what stands before the separator off the front of text. */
static hub_span take_until(hub_span *text, char separator)
{
    const uint8_t *const at = text->len == 0 ? NULL : memchr(text->ptr, separator, text->len);
    const size_t n = at == NULL ? text->len : (size_t)(at - text->ptr);
    const hub_span token = hub_span_slice(*text, 0, n);

    *text = at == NULL ? HUB_SPAN_EMPTY : hub_span_slice(*text, n + 1, text->len - n - 1);
    return token;
}

/* One "name=number" of the head line. */
static hub_status take_field(uint64_t *out, hub_span *line, const char *name, uint64_t max)
{
    hub_span value = take_until(line, ' ');
    const hub_span key = take_until(&value, '=');

    if (!hub_span_equal_var(key, hub_span_text(name)))
        return HUB_E_DECODE;
    return hub_u64_parse(out, value, 1, max);
}

static hub_status read_head(struct hub_city_series *s, hub_span line)
{
    uint64_t n_cells;
    uint64_t n_windows;

    HUB_TRY(take_field(&s->start_s, &line, "start", UINT32_MAX));
    HUB_TRY(take_field(&s->step_s, &line, "step", UINT32_MAX));
    HUB_TRY(take_field(&n_cells, &line, "cells", HUB_CITY_CELLS_MAX));
    HUB_TRY(take_field(&n_windows, &line, "windows", HUB_CITY_WINDOWS_MAX));
    if (line.len != 0)
        return HUB_E_DECODE;
    s->n_cells = (size_t)n_cells;
    s->n_windows = (size_t)n_windows;
    return HUB_OK;
}

static hub_status read_row(uint32_t *out, size_t n_cells, hub_span line)
{
    for (size_t c = 0; c < n_cells; c++) {
        uint64_t v;
        HUB_TRY(hub_u64_parse(&v, take_until(&line, ','), 0, UINT32_MAX));
        out[c] = (uint32_t)v;
    }
    return line.len == 0 ? HUB_OK : HUB_E_DECODE;
}

hub_status hub_city_series_read(struct hub_city_series *out, const char *name, hub_span text,
                                struct hub_why *why)
{
    HUB_CLEANUP(hub_city_series_clear) struct hub_city_series s = {0};
    struct lines lines = {text, 0};
    hub_span line = HUB_SPAN_EMPTY;

    while (next_line(&lines, &line) && line.len != 0 && line.ptr[0] == '#')
        ;
    if (read_head(&s, line) != HUB_OK)
        return hub_why(why, HUB_E_DECODE,
                       "%s: line %u: expected start= step= cells= windows=", name, lines.number);
    s.values = calloc(s.n_windows * s.n_cells, sizeof(*s.values));
    if (s.values == NULL)
        return HUB_E_MEMORY;
    for (size_t w = 0; w < s.n_windows; w++) {
        if (!next_line(&lines, &line) ||
            read_row(s.values + w * s.n_cells, s.n_cells, line) != HUB_OK)
            return hub_why(why, HUB_E_DECODE, "%s: line %u: expected %zu whole numbers", name,
                           lines.number, s.n_cells);
    }
    if (lines.rest.len != 0)
        return hub_why(why, HUB_E_DECODE, "%s: more than %zu windows", name, s.n_windows);
    *out = s;
    s = (struct hub_city_series){0};
    return HUB_OK;
}

void hub_city_series_clear(struct hub_city_series *s)
{
    free(s->values);
    *s = (struct hub_city_series){0};
}
