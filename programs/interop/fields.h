/* The fields of a request of the test API. Sticky: after the first one that is missing or of the
 * wrong kind the rest reads as zero, and one question at the end tells. Texts are views into the
 * object. */
#ifndef INTEROP_FIELDS_H
#define INTEROP_FIELDS_H

#include "base/bytes.h"

#include <jansson.h>

struct interop_fields {
    const json_t *object;
    struct hub_why *why;
    hub_status status;
};

struct interop_fields interop_fields(const json_t *object, struct hub_why *why);
static inline hub_status interop_fields_finish(const struct interop_fields *f)
{
    return f->status;
}
/* Fails the reading unless it has failed. */
void interop_fields_fail(struct interop_fields *f, const char *name, const char *what);

bool interop_has(const struct interop_fields *f, const char *name); /* there, and not null */
const char *interop_text(struct interop_fields *f, const char *name);
uint64_t interop_integer(struct interop_fields *f, const char *name); /* a plain JSON number */
uint64_t interop_decimal(struct interop_fields *f, const char *name); /* in a JSON string */
/* Exactly n bytes in base64url. */
void interop_bytes(struct interop_fields *f, const char *name, uint8_t *out, size_t n);
/* Any bytes in base64url, appended. */
void interop_any_bytes(struct interop_fields *f, const char *name, struct hub_buf *out);
struct interop_fields interop_object(struct interop_fields *f, const char *name);

/* Digits and nothing else, at most 2^64 - 1. */
bool interop_parse_decimal(uint64_t *out, const json_t *value);

#endif
