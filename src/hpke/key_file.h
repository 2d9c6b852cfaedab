/* A key pair as .ini text, for a file that only its owner reads:
 *
 *     [hpke]
 *     suite = x25519-sha256-aes128gcm
 *     config_id = 7
 *     private_key = <base64url of 32 bytes>
 *     public_key = <base64url of 32 bytes>
 */
#ifndef HPKE_KEY_FILE_H
#define HPKE_KEY_FILE_H

#include "hpke/hpke.h"

enum { HUB_HPKE_KEY_FILE_MAX = 512 }; /* bytes of a whole key file */

/* Appends the text. The caller writes it with mode 0600 and wipes the buffer. */
HUB_MUST_USE hub_status hub_hpke_key_file_encode(struct hub_buf *out,
                                                 const struct hub_hpke_keypair *pair);
/* HUB_E_CONFIG with the line and what it must say. The public key must be that of the private key.
 */
HUB_MUST_USE hub_status hub_hpke_key_file_decode(struct hub_hpke_keypair *out, hub_span text,
                                                 struct hub_why *why);

#endif
