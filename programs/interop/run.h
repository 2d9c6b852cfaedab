/* What client, aggregator and collector of the test API share: options, the server, the end. */
#ifndef INTEROP_RUN_H
#define INTEROP_RUN_H

#include "interop/api.h"

struct interop_options {
    uint16_t port;  /* 0: any */
    const char *db; /* NULL: none was named */
};

/* Reads "--port N [--db FILE]"; db_help NULL: this word has no --db. False: *exit_code says how to
 * leave. */
bool interop_options_read(struct interop_options *out, int argc, char **argv, const char *db_help,
                          int *exit_code);
/* To stderr, from warnings on. */
struct hub_log interop_log(const char *party);
/* Serves until SIGTERM or SIGINT; "listening on 127.0.0.1:PORT" on stdout says that it does. Call
 * interop_signals_block before any thread starts. Returns the exit code. */
int interop_serve(const struct interop_api *api, const struct interop_options *options);
void interop_signals_block(void);

#endif
