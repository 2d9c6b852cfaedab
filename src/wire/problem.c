/* Problem types of the DAP error namespace. */
#include "wire/problem.h"

#define PREFIX "urn:ietf:params:ppm:dap:error:"

static const struct {
    const char *urn;
    const char *title;
} problems[HUB_N_PROBLEMS] = {
    [HUB_PROBLEM_NONE] = {"about:blank", ""},
    [HUB_PROBLEM_INVALID_MESSAGE] = {PREFIX "invalidMessage",
                                     "The message could not be parsed or is otherwise invalid."},
    [HUB_PROBLEM_UNRECOGNIZED_TASK] = {PREFIX "unrecognizedTask", "There is no task of this ID."},
    [HUB_PROBLEM_UNRECOGNIZED_AGGREGATION_JOB] = {PREFIX "unrecognizedAggregationJob",
                                                  "There is no aggregation job of this ID."},
    [HUB_PROBLEM_BATCH_INVALID] = {PREFIX "batchInvalid",
                                   "The query's batch has no valid boundaries."},
    [HUB_PROBLEM_INVALID_BATCH_SIZE] = {PREFIX "invalidBatchSize",
                                        "The number of reports in the batch is not valid."},
    [HUB_PROBLEM_INVALID_AGGREGATION_PARAMETER] = {PREFIX "invalidAggregationParameter",
                                                   "The aggregation parameter is not valid."},
    [HUB_PROBLEM_BATCH_MISMATCH] = {PREFIX "batchMismatch",
                                    "The aggregators disagree on the reports of the batch."},
    [HUB_PROBLEM_STEP_MISMATCH] = {PREFIX "stepMismatch",
                                   "The aggregators disagree on the step of the job."},
    [HUB_PROBLEM_BATCH_OVERLAP] = {PREFIX "batchOverlap",
                                   "The query includes reports that were collected before."},
    [HUB_PROBLEM_UNSUPPORTED_EXTENSION] = {PREFIX "unsupportedExtension",
                                           "An extension is not known here."},
    [HUB_PROBLEM_INVALID_EXTENSION] = {PREFIX "invalidExtension",
                                       "The extensions are out of order or badly encoded."},
};

const char *hub_problem_urn(enum hub_problem_type p)
{
    return problems[p].urn;
}

const char *hub_problem_name(enum hub_problem_type p)
{
    return p == HUB_PROBLEM_NONE ? "" : problems[p].urn + sizeof(PREFIX) - 1;
}

const char *hub_problem_title(enum hub_problem_type p)
{
    return problems[p].title;
}

enum hub_problem_type hub_problem_from_urn(hub_span urn)
{
    for (unsigned p = 1; p < HUB_N_PROBLEMS; p++) {
        if (hub_span_equal_var(urn, hub_span_text(problems[p].urn)))
            return (enum hub_problem_type)p;
    }
    return HUB_PROBLEM_NONE;
}
