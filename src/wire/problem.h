/* Problem types (DAP-18 section 3.6): names and URNs. Documents are built in http. */
#ifndef WIRE_PROBLEM_H
#define WIRE_PROBLEM_H

#include "base/bytes.h"

enum hub_problem_type {
    HUB_PROBLEM_NONE = 0, /* no DAP problem type: about:blank */
    HUB_PROBLEM_INVALID_MESSAGE,
    HUB_PROBLEM_UNRECOGNIZED_TASK,
    HUB_PROBLEM_UNRECOGNIZED_AGGREGATION_JOB,
    HUB_PROBLEM_BATCH_INVALID,
    HUB_PROBLEM_INVALID_BATCH_SIZE,
    HUB_PROBLEM_INVALID_AGGREGATION_PARAMETER,
    HUB_PROBLEM_BATCH_MISMATCH,
    HUB_PROBLEM_STEP_MISMATCH,
    HUB_PROBLEM_BATCH_OVERLAP,
    HUB_PROBLEM_UNSUPPORTED_EXTENSION,
    HUB_PROBLEM_INVALID_EXTENSION,
    HUB_N_PROBLEMS
};

/* "invalidMessage" and so on; "" for HUB_PROBLEM_NONE. */
const char *hub_problem_name(enum hub_problem_type p);
/* "urn:ietf:params:ppm:dap:error:invalidMessage" and so on; "about:blank" for HUB_PROBLEM_NONE. */
const char *hub_problem_urn(enum hub_problem_type p);
/* A sentence for a person: the draft's description. */
const char *hub_problem_title(enum hub_problem_type p);
/* The type with that URN; HUB_PROBLEM_NONE for any other text. */
enum hub_problem_type hub_problem_from_urn(hub_span urn);

#endif
