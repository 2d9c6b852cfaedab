/* Problem documents (RFC 9457) with the members that DAP adds. */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include "base/bytes.h"

#define HUB_PROBLEM_MEDIA_TYPE "application/problem+json"
#define HUB_PROBLEM_BLANK      "about:blank" /* the status code says it all */

enum {
    HUB_PROBLEM_BYTES_MAX = 8192, /* of a document, written or read */
    HUB_PROBLEM_EXTENSIONS_MAX = 64
};

/* Empty text: the member is absent. Texts that are too long are cut when written or read. */
struct hub_problem {
    unsigned status; /* the HTTP status code; 0: absent */
    char type[128];  /* "urn:ietf:params:ppm:dap:error:invalidMessage", ... */
    char title[128];
    char detail[384];
    char task_id[48]; /* base64url, in the member "taskid" */
    uint16_t unsupported_extensions[HUB_PROBLEM_EXTENSIONS_MAX];
    size_t n_unsupported_extensions; /* 0: absent */
};

/* A problem of this type (NULL: about:blank); title and detail may be NULL. */
struct hub_problem hub_problem(unsigned status, const char *type, const char *title,
                               const char *detail);
/* Sets the member taskid. */
void hub_problem_set_task_id(struct hub_problem *p, const uint8_t task_id[32]);
/* Appends the JSON text. HUB_E_MEMORY, HUB_E_SPACE. */
HUB_MUST_USE hub_status hub_problem_write(struct hub_buf *out, const struct hub_problem *p);
/* Reads a document that a peer sent; members of other names or wrong types are passed over, as RFC
 * 9457 section 3.1 wants. HUB_E_DECODE: no JSON object, or longer than HUB_PROBLEM_BYTES_MAX. */
HUB_MUST_USE hub_status hub_problem_parse(struct hub_problem *out, hub_span json);

#endif
