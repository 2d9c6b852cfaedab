/* Numbers become strings before jansson reads the text; the rest of the text stays as it is. */
#include "json.h"

#include "base/file.h"
#include "base/text.h"

enum { FILE_BYTES_MAX = 1 << 30 };

static bool starts_number(uint8_t c)
{
    return c == '-' || (c >= '0' && c <= '9');
}

static bool continues_number(uint8_t c)
{
    return starts_number(c) || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/* Copies the string that starts at position at and returns the position behind it. */
static hub_status copy_string(struct hub_buf *out, hub_span text, size_t *at)
{
    size_t end = *at + 1;

    while (end < text.len && text.ptr[end] != '"')
        end += text.ptr[end] == '\\' ? 2 : 1;
    end = end < text.len ? end + 1 : text.len;
    HUB_TRY(hub_buf_append(out, hub_span_slice(text, *at, end - *at)));
    *at = end;
    return HUB_OK;
}

static hub_status copy_number(struct hub_buf *out, hub_span text, size_t *at)
{
    size_t end = *at;

    while (end < text.len && continues_number(text.ptr[end]))
        end++;
    HUB_TRY(hub_buf_append(out, hub_span_text("\"")));
    HUB_TRY(hub_buf_append(out, hub_span_slice(text, *at, end - *at)));
    HUB_TRY(hub_buf_append(out, hub_span_text("\"")));
    *at = end;
    return HUB_OK;
}

static hub_status quote_numbers(struct hub_buf *out, hub_span text)
{
    size_t at = 0;

    while (at < text.len) {
        if (text.ptr[at] == '"') {
            HUB_TRY(copy_string(out, text, &at));
        } else if (starts_number(text.ptr[at])) {
            HUB_TRY(copy_number(out, text, &at));
        } else {
            HUB_TRY(hub_buf_append(out, hub_span_slice(text, at, 1)));
            at++;
        }
    }
    return HUB_OK;
}

hub_status vector_json_load(json_t **out, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(FILE_BYTES_MAX);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf quoted = HUB_BUF_INIT((size_t)2 * FILE_BYTES_MAX);
    json_error_t error;

    HUB_TRY(hub_file_read(&text, path, why));
    if (quote_numbers(&quoted, hub_buf_span(&text)) != HUB_OK)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    json_t *root = json_loadb((const char *)quoted.ptr, quoted.len, 0, &error);
    if (root == NULL)
        return hub_why(why, HUB_E_DECODE, "not JSON: line %d: %s", error.line, error.text);
    if (!json_is_object(root)) {
        json_decref(root);
        return hub_why(why, HUB_E_DECODE, "not a JSON object");
    }
    *out = root;
    return HUB_OK;
}

void vector_json_cleanup(json_t **root)
{
    json_decref(*root);
}

hub_status vector_json_u64(uint64_t *out, const json_t *value)
{
    if (json_is_boolean(value)) {
        *out = json_is_true(value) ? 1 : 0;
        return HUB_OK;
    }
    if (!json_is_string(value))
        return HUB_E_DECODE;
    return hub_u64_parse(out, hub_span_text(json_string_value(value)), 0, UINT64_MAX);
}

hub_status vector_json_member_u64(uint64_t *out, const json_t *object, const char *name,
                                  struct hub_why *why)
{
    if (vector_json_u64(out, json_object_get(object, name)) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "%s: missing, or no number below 2^64", name);
    return HUB_OK;
}

hub_status vector_json_hex(hub_span *out, struct hub_arena *arena, const json_t *value)
{
    const char *text = json_string_value(value);

    if (text == NULL)
        return HUB_E_DECODE;
    size_t len = strlen(text) / 2;
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf bytes = HUB_BUF_INIT(len);
    uint8_t *kept = hub_arena_alloc(arena, len + 1, 1);
    if (kept == NULL)
        return HUB_E_MEMORY;
    HUB_TRY(hub_hex_decode(&bytes, hub_span_text(text)));
    if (bytes.len != 0)
        memcpy(kept, bytes.ptr, bytes.len);
    *out = hub_span_of(kept, bytes.len);
    return HUB_OK;
}
