/* One name for one piece of work in the logs of both operators: the id of the helper's job or
 * share. It follows from the request's content, stands in the Location that the helper answers
 * with, and so costs nothing to know. */
#ifndef AGGREGATOR_TRACE_H
#define AGGREGATOR_TRACE_H

#include "aggregator/call.h"

enum { HUB_TRACE_LEN = 22 }; /* HUB_RESOURCE_ID_LEN bytes in base64url */

void hub_trace_of_id(char out[HUB_TRACE_LEN + 1], const uint8_t id[HUB_RESOURCE_ID_LEN]);
/* From a Location; what does not end in such an id (a foreign helper may name its resources as it
 * likes) leaves out empty. */
void hub_trace_of_location(char out[HUB_TRACE_LEN + 1], const char *location);

#endif
