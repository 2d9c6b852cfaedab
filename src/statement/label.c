/* The label file: lines, and whether it is the one that the statement names by hash. */
#include "statement/label.h"

#include "statement/text_internal.h"

#include <inttypes.h>

/* The next line without its line feed; text moves behind it. */
static hub_status take_line(hub_span *line, hub_span *text, uint32_t number, struct hub_why *why)
{
    const uint8_t *const lf = memchr(text->ptr, '\n', text->len);

    if (lf == NULL)
        return hub_why(why, HUB_E_DECODE, "line %" PRIu32 ": no line feed at its end", number);
    *line = hub_span_slice(*text, 0, (size_t)(lf - text->ptr));
    *text = hub_span_slice(*text, line->len + 1, text->len - line->len - 1);
    const char *const fault = hub_text_fault(*line);

    return fault == NULL ? HUB_OK
                         : hub_why(why, HUB_E_DECODE, "line %" PRIu32 ": %s", number, fault);
}

/* labels may be NULL: then the lines are only checked. */
static hub_status walk(hub_span *labels, uint32_t n_cells, hub_span text, struct hub_why *why)
{
    uint32_t n = 0;

    while (text.len != 0) {
        hub_span line;

        HUB_TRY(take_line(&line, &text, n + 1, why));
        if (n == n_cells)
            return hub_why(why, HUB_E_REFUSED,
                           "line %" PRIu32 ": the task has only %" PRIu32 " cells", n + 1, n_cells);
        if (labels != NULL)
            labels[n] = line;
        n++;
    }
    if (n != n_cells)
        return hub_why(why, HUB_E_REFUSED, "%" PRIu32 " labels for the task's %" PRIu32 " cells", n,
                       n_cells);
    return HUB_OK;
}

hub_status hub_labels_parse(hub_span *labels, uint32_t n_cells, hub_span text, struct hub_why *why)
{
    HUB_TRY(walk(NULL, n_cells, text, why));
    return walk(labels, n_cells, text, why);
}

hub_status hub_labels_check(const struct hub_statement *s, hub_span text, struct hub_why *why)
{
    uint8_t hash[HUB_STATEMENT_HASH_LEN];

    if (!s->has_labels)
        return hub_why(why, HUB_E_REFUSED, "the statement says 'labels: none'");
    HUB_TRY(hub_statement_hash(hash, text));
    if (memcmp(hash, s->labels, sizeof(hash)) != 0)
        return hub_why(why, HUB_E_REFUSED,
                       "the label file is not the one whose hash the statement states");
    return walk(NULL, hub_statement_n_cells(s), text, why);
}
