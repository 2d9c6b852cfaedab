/* One message of a vector file, given in full or by its digest. */
#ifndef VECTORS_MESSAGE_H
#define VECTORS_MESSAGE_H

#include "json.h"

/* Bytes that a step takes or gives; a long message may be told by its digest. */
struct vector_message {
    bool is_given;
    bool is_digest; /* then bytes is empty until somebody has made the message */
    hub_span bytes;
    size_t digest_len;
    uint8_t digest[32];
};

enum vector_outcome { VECTOR_NOT_RUN, VECTOR_SUCCEEDS, VECTOR_FAILS };
enum vector_expect { VECTOR_EXPECT_NOTHING, VECTOR_EXPECT_ACCEPT, VECTOR_EXPECT_REJECT };

/* Hexadecimal text, or "sha256:<hex>:<length>". A message that is missing is left not given.
 * HUB_E_DECODE, HUB_E_MEMORY. */
HUB_MUST_USE hub_status vector_message_read(struct vector_message *out, struct hub_arena *arena,
                                            const json_t *value);
/* Whether these bytes are the message. */
bool vector_message_fits(const struct vector_message *expected, hub_span got);
/* HUB_E_VERIFY with "step, report, expected, got" if they are not. A message that the file does not
 * give is not compared. */
HUB_MUST_USE hub_status vector_message_compare(struct hub_why *why, const char *step, size_t report,
                                               const struct vector_message *expected, hub_span got);
/* What was delivered, or what was computed where the file gives a digest or nothing. */
hub_span vector_message_delivered(const struct vector_message *message, hub_span computed);
/* "accept" or "reject"; HUB_E_DECODE for anything else, NULL is left as it is. */
HUB_MUST_USE hub_status vector_expect_read(enum vector_expect *out, const json_t *value);

#endif
