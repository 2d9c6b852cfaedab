/* The door's SQL as PostgreSQL reads it. */
#ifndef DB_POSTGRES_SQL_INTERNAL_H
#define DB_POSTGRES_SQL_INTERNAL_H

#include "base/bytes.h"

/* A statement with ? for its parameters becomes one with $1, $2, ... The caller frees *out.
 * HUB_E_MEMORY. */
HUB_MUST_USE hub_status hub_postgres_statement(char **out, unsigned *n_params, const char *sql);
/* Statements of a schema: the types INTEGER, BLOB and REAL become BIGINT, BYTEA and DOUBLE
 * PRECISION. The caller frees *out. HUB_E_MEMORY. */
HUB_MUST_USE hub_status hub_postgres_schema(char **out, const char *sql);

/* Values in PostgreSQL's binary form, big-endian. */
void hub_postgres_put_i64(uint8_t out[8], int64_t value);
/* numeric, which sums of integers are: the part before the point, held at the bounds of int64. */
int64_t hub_postgres_numeric(hub_span bytes);

#endif
