/* What differs in the text of SQL and in the form of values. Texts in quotes and comments are left
 * as they are. */
#include "db/postgres_sql_internal.h"

#include "base/reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMERIC_NEGATIVE = 0x4000, NUMERIC_BASE = 10000 };

/* Where what begins at *at and is not to be read ends: a text in quotes or a comment to the line's
 * end; at itself if there is none. */
static const char *skip_quoted(const char *at)
{
    if (*at == '\'' || *at == '"') {
        const char *const end = strchr(at + 1, *at); /* a doubled quote is the next text's begin */
        return end == NULL ? at + strlen(at) : end + 1;
    }
    if (at[0] == '-' && at[1] == '-')
        return at + strcspn(at, "\n");
    return at;
}

hub_status hub_postgres_statement(char **out, unsigned *n_params, const char *sql)
{
    enum { PARAMETER_LEN = 11 }; /* $ and a number, for one ? */
    size_t n_marks = 0;
    unsigned n = 0;

    for (const char *at = sql; *at != '\0'; at++)
        n_marks += *at == '?' ? 1U : 0U;
    const size_t size = strlen(sql) + n_marks * PARAMETER_LEN + 1;
    char *const text = malloc(size);
    if (text == NULL)
        return HUB_E_MEMORY;
    char *to = text;
    for (const char *at = sql; *at != '\0';) {
        const char *const end = skip_quoted(at);
        if (end != at) {
            memcpy(to, at, (size_t)(end - at));
            to += end - at;
            at = end;
        } else if (*at == '?') {
            to += snprintf(to, size - (size_t)(to - text), "$%u", ++n);
            at++;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    *out = text;
    *n_params = n;
    return HUB_OK;
}

struct type_word {
    const char *from;
    const char *to;
};

static const struct type_word types[] = {
    {"INTEGER", "BIGINT"}, {"BLOB", "BYTEA"}, {"REAL", "DOUBLE PRECISION"}};

static const struct type_word *find_type(const char *word, size_t len)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strlen(types[i].from) == len && memcmp(types[i].from, word, len) == 0)
            return &types[i];
    }
    return NULL;
}

static bool is_of_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

hub_status hub_postgres_schema(char **out, const char *sql)
{
    char *const text = malloc(strlen(sql) * 4 + 1); /* REAL, the shortest, grows to four times */
    char *to = text;

    if (text == NULL)
        return HUB_E_MEMORY;
    for (const char *at = sql; *at != '\0';) {
        const char *end = skip_quoted(at);
        const struct type_word *type = NULL;
        if (end == at) {
            while (is_of_word(*end))
                end++;
            type = find_type(at, (size_t)(end - at));
            end += end == at ? 1 : 0;
        }
        const char *const piece = type == NULL ? at : type->to;
        const size_t len = type == NULL ? (size_t)(end - at) : strlen(type->to);
        memcpy(to, piece, len);
        to += len;
        at = end;
    }
    *to = '\0';
    *out = text;
    return HUB_OK;
}

/* ---- Values */

void hub_postgres_put_i64(uint8_t out[8], int64_t value)
{
    const uint64_t v = (uint64_t)value;
    for (unsigned i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (56 - 8 * i));
}

/* Digits of base 10000, the first weighs 10000^weight; left out where they are zero at the end. */
int64_t hub_postgres_numeric(hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    const unsigned n_digits = hub_read_u16(&r);
    const int weight = (int16_t)hub_read_u16(&r);
    const bool is_negative = hub_read_u16(&r) == NUMERIC_NEGATIVE;
    (void)hub_read_u16(&r); /* digits shown behind the point */
    int64_t value = 0;

    for (int i = 0; i <= weight; i++) {
        const int64_t digit = (unsigned)i < n_digits ? (int64_t)hub_read_u16(&r) : 0;
        if (__builtin_mul_overflow(value, NUMERIC_BASE, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return is_negative ? INT64_MIN : INT64_MAX;
    }
    return is_negative ? -value : value;
}
