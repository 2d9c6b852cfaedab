/* Every message by its name, to be decoded, encoded again and compared: for the fuzz targets, for
 * the tests of src/wire and for the vectors of DAP. */
#ifndef TESTS_FUZZ_CODECS_H
#define TESTS_FUZZ_CODECS_H

#include "base/bytes.h"

struct hub_codec {
    const char *name; /* as in DAP-18: "UploadRequest" */
    /* HUB_OK: decodes, and what came out encodes to the same bytes. HUB_E_DECODE: is no such
     * message. HUB_E_CONFLICT: decodes, but encodes to something else, or two ways to read it
     * disagree: never right. HUB_E_MEMORY. */
    hub_status (*round_trip)(hub_span bytes);
};

/* Ends with a name that is NULL. */
extern const struct hub_codec hub_codecs[];

/* NULL if there is none of this name. */
static inline const struct hub_codec *hub_codec_find(const char *name)
{
    for (const struct hub_codec *c = hub_codecs; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

#endif
