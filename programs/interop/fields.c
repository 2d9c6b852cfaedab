/* Kinds of JSON values, each with its own complaint. */
#include "interop/fields.h"

#include "base/text.h"

struct interop_fields interop_fields(const json_t *object, struct hub_why *why)
{
    return (struct interop_fields){.object = object, .why = why};
}

void interop_fields_fail(struct interop_fields *f, const char *name, const char *what)
{
    if (f->status == HUB_OK)
        f->status = hub_why(f->why, HUB_E_DECODE, "\"%s\" %s", name, what);
}

/* NULL after a failure. */
static const json_t *get(struct interop_fields *f, const char *name)
{
    if (f->status != HUB_OK)
        return NULL;
    const json_t *const value = json_object_get(f->object, name);
    if (value == NULL)
        interop_fields_fail(f, name, "is missing");
    return value;
}

bool interop_has(const struct interop_fields *f, const char *name)
{
    const json_t *const value = json_object_get(f->object, name);
    return value != NULL && !json_is_null(value);
}

const char *interop_text(struct interop_fields *f, const char *name)
{
    const json_t *const value = get(f, name);

    if (value != NULL && !json_is_string(value))
        interop_fields_fail(f, name, "is no string");
    return f->status == HUB_OK ? json_string_value(value) : "";
}

uint64_t interop_integer(struct interop_fields *f, const char *name)
{
    const json_t *const value = get(f, name);

    if (value != NULL && (!json_is_integer(value) || json_integer_value(value) < 0))
        interop_fields_fail(f, name, "is no JSON number from 0 on");
    return f->status == HUB_OK ? (uint64_t)json_integer_value(value) : 0;
}

bool interop_parse_decimal(uint64_t *out, const json_t *value)
{
    const char *text = json_string_value(value);
    uint64_t n = 0;

    if (text == NULL || text[0] == '\0')
        return false;
    for (; *text != '\0'; text++) {
        const uint64_t digit = (uint64_t)*text - '0';
        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

uint64_t interop_decimal(struct interop_fields *f, const char *name)
{
    const json_t *const value = get(f, name);
    uint64_t n = 0;

    if (value != NULL && !interop_parse_decimal(&n, value))
        interop_fields_fail(f, name, "is no string with a decimal number");
    return n;
}

void interop_bytes(struct interop_fields *f, const char *name, uint8_t *out, size_t n)
{
    const char *const text = interop_text(f, name);

    if (f->status == HUB_OK && hub_base64url_decode_exact(out, n, hub_span_text(text)) != HUB_OK)
        interop_fields_fail(f, name, "is no base64url of the right length");
}

void interop_any_bytes(struct interop_fields *f, const char *name, struct hub_buf *out)
{
    const char *const text = interop_text(f, name);

    if (f->status == HUB_OK && hub_base64url_decode(out, hub_span_text(text)) != HUB_OK)
        interop_fields_fail(f, name, "is no base64url");
}

struct interop_fields interop_object(struct interop_fields *f, const char *name)
{
    const json_t *const value = get(f, name);

    if (value != NULL && !json_is_object(value))
        interop_fields_fail(f, name, "is no object");
    return (struct interop_fields){.object = value, .why = f->why, .status = f->status};
}
