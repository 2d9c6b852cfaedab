/* JSON by jansson, with every number as a string: vectors hold integers beyond what a C integer
 * takes, and none may pass through a double. */
#ifndef VECTORS_JSON_H
#define VECTORS_JSON_H

#include "base/arena.h"

#include <jansson.h>

/* Parses a file's text into *out, which the caller gives back with json_decref. */
HUB_MUST_USE hub_status vector_json_load(json_t **out, const char *path, struct hub_why *why);
void vector_json_cleanup(json_t **root);

/* An unsigned number, or true and false as 1 and 0. HUB_E_DECODE. */
HUB_MUST_USE hub_status vector_json_u64(uint64_t *out, const json_t *value);
/* A member that must be there, or may be missing and is then fallback. */
HUB_MUST_USE hub_status vector_json_member_u64(uint64_t *out, const json_t *object,
                                               const char *name, struct hub_why *why);
/* Hexadecimal text as bytes in the arena. HUB_E_DECODE. */
HUB_MUST_USE hub_status vector_json_hex(hub_span *out, struct hub_arena *arena,
                                        const json_t *value);

#endif
