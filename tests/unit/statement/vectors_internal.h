/* The statement vectors, for the tests of this room. */
#ifndef TESTS_STATEMENT_VECTORS_INTERNAL_H
#define TESTS_STATEMENT_VECTORS_INTERNAL_H

#include "base/file.h"
#include "statement/statement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const vector_names[] = {"travel", "footfall", "charges"};

static inline void read_vector(struct hub_buf *out, const char *name)
{
    char path[512];
    struct hub_why why = {""};

    (void)snprintf(path, sizeof(path), "%s/statement/%s", HUB_VECTORS_DIR, name);
    assert_int_equal(hub_file_read(out, path, &why), HUB_OK);
}

static inline void read_statement(struct hub_buf *out, const char *name)
{
    char file[64];

    (void)snprintf(file, sizeof(file), "%s.statement", name);
    read_vector(out, file);
}

/* The parsed statement of a vector. */
static inline struct hub_statement vector_statement(const char *name)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf text = HUB_BUF_INIT(HUB_STATEMENT_BYTES_MAX);
    struct hub_statement s;
    struct hub_why why = {""};

    read_statement(&text, name);
    if (hub_statement_parse(&s, hub_buf_span(&text), &why) != HUB_OK)
        fail_msg("%s: %s", name, why.text);
    return s;
}

#endif
