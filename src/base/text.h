/* Formatted text into a buffer. Bytes as text and back: base64url without padding (RFC 4648 section
 * 5), lower-case hex, decimal. Decoders are strict: no padding, no white space, no non-zero
 * trailing bits, no sign, no leading zero. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/bytes.h"

#define HUB_BASE64URL_LEN(n) (((n)*4 + 2) / 3) /* without the final NUL */

/* Appends as printf writes, without the NUL. HUB_E_SPACE beyond the buffer's limit, or for a text
 * of more than 4095 characters. */
HUB_MUST_USE hub_status hub_buf_print(struct hub_buf *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Writes HUB_BASE64URL_LEN(in.len) characters and a NUL. */
void hub_base64url_encode(char *out, hub_span in);
/* Appends the bytes. HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_base64url_decode(struct hub_buf *out, hub_span text);
/* Exactly n bytes, or HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_base64url_decode_exact(uint8_t *out, size_t n, hub_span text);
/* Writes 2 * in.len characters and a NUL. */
void hub_hex_encode(char *out, hub_span in);
/* Appends the bytes; upper case is read too. HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_hex_decode(struct hub_buf *out, hub_span text);
/* A decimal number from min to max. HUB_E_DECODE. */
HUB_MUST_USE hub_status hub_u64_parse(uint64_t *out, hub_span text, uint64_t min, uint64_t max);

#endif
