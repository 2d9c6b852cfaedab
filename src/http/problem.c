/* Problem documents to JSON and back. */
#include "http/problem.h"

#include "base/text.h"
#include "http/types.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static void clear_json(json_t **json)
{
    json_decref(*json);
}

/* Copies what fits; a cut never splits a UTF-8 sequence, or jansson would refuse the text. */
static void copy_text(char *out, size_t size, const char *text)
{
    size_t n = text == NULL ? 0 : strlen(text);

    if (n >= size) {
        n = size - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    if (n != 0)
        memcpy(out, text, n);
    out[n] = '\0';
}

struct hub_problem hub_problem(unsigned status, const char *type, const char *title,
                               const char *detail)
{
    struct hub_problem p = {.status = status};

    copy_text(p.type, sizeof(p.type), type == NULL ? HUB_PROBLEM_BLANK : type);
    copy_text(p.title, sizeof(p.title), title);
    copy_text(p.detail, sizeof(p.detail), detail);
    return p;
}

void hub_problem_set_task_id(struct hub_problem *p, const uint8_t task_id[32])
{
    hub_base64url_encode(p->task_id, hub_span_of(task_id, 32));
}

/* An empty text is no member. A text that is no UTF-8 is left out rather than failing the answer.
 */
static hub_status set_text(json_t *object, const char *name, const char *text)
{
    if (text[0] == '\0')
        return HUB_OK;
    json_t *const value = json_string(text);
    if (value == NULL)
        return HUB_OK;
    return json_object_set_new(object, name, value) == 0 ? HUB_OK : HUB_E_MEMORY;
}

static hub_status set_extensions(json_t *object, const struct hub_problem *p)
{
    if (p->n_unsupported_extensions == 0)
        return HUB_OK;
    HUB_CLEANUP(clear_json) json_t *list = json_array();
    if (list == NULL)
        return HUB_E_MEMORY;
    for (size_t i = 0; i < p->n_unsupported_extensions && i < HUB_PROBLEM_EXTENSIONS_MAX; i++) {
        if (json_array_append_new(list, json_integer(p->unsupported_extensions[i])) != 0)
            return HUB_E_MEMORY;
    }
    return json_object_set(object, "unsupported_extensions", list) == 0 ? HUB_OK : HUB_E_MEMORY;
}

hub_status hub_problem_write(struct hub_buf *out, const struct hub_problem *p)
{
    HUB_CLEANUP(clear_json) json_t *object = json_object();
    char text[HUB_PROBLEM_BYTES_MAX];

    if (object == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(set_text(object, "type", p->type));
    HUB_TRY(set_text(object, "title", p->title));
    if (p->status != 0 && json_object_set_new(object, "status", json_integer(p->status)) != 0)
        return HUB_E_MEMORY;
    HUB_TRY(set_text(object, "detail", p->detail));
    HUB_TRY(set_text(object, "taskid", p->task_id));
    HUB_TRY(set_extensions(object, p));

    const size_t n = json_dumpb(object, text, sizeof(text), JSON_COMPACT);
    if (n == 0 || n > sizeof(text))
        return n == 0 ? HUB_E_MEMORY : HUB_E_SPACE;
    return hub_buf_append(out, hub_span_of(text, n));
}

static void get_text(char *out, size_t size, const json_t *object, const char *name)
{
    copy_text(out, size, json_string_value(json_object_get(object, name)));
}

static void get_extensions(struct hub_problem *out, const json_t *object)
{
    const json_t *const list = json_object_get(object, "unsupported_extensions");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *const item = json_array_get(list, i);
        const json_int_t code = json_integer_value(item);

        if (!json_is_integer(item) || code < 0 || code > UINT16_MAX)
            continue;
        if (out->n_unsupported_extensions == HUB_PROBLEM_EXTENSIONS_MAX)
            return;
        out->unsupported_extensions[out->n_unsupported_extensions++] = (uint16_t)code;
    }
}

hub_status hub_problem_parse(struct hub_problem *out, hub_span json)
{
    if (json.len == 0 || json.len > HUB_PROBLEM_BYTES_MAX)
        return HUB_E_DECODE;
    HUB_CLEANUP(clear_json)
    json_t *object = json_loadb((const char *)json.ptr, json.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(object))
        return HUB_E_DECODE;

    struct hub_problem p = {0};
    const json_int_t status = json_integer_value(json_object_get(object, "status"));
    p.status = status >= 100 && status <= 599 ? (unsigned)status : 0;
    get_text(p.type, sizeof(p.type), object, "type");
    if (p.type[0] == '\0')
        copy_text(p.type, sizeof(p.type), HUB_PROBLEM_BLANK); /* RFC 9457 section 3.1.1 */
    get_text(p.title, sizeof(p.title), object, "title");
    get_text(p.detail, sizeof(p.detail), object, "detail");
    get_text(p.task_id, sizeof(p.task_id), object, "taskid");
    get_extensions(&p, object);
    *out = p;
    return HUB_OK;
}
