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

enum {
    HUB_HPKE_KEY_FILE_MAX = 512, /* bytes of a whole key file */
    HUB_HPKE_KEYS_MAX = 16       /* key files of one aggregator */
};

/* How a file is read: hub_file_read, but for tests. */
typedef hub_status (*hub_hpke_key_read)(struct hub_buf *out, const char *path, struct hub_why *why);

/* Appends the text. The caller writes it with mode 0600 and wipes the buffer. */
HUB_MUST_USE hub_status hub_hpke_key_file_encode(struct hub_buf *out,
                                                 const struct hub_hpke_keypair *pair);
/* HUB_E_CONFIG with the line and what it must say. The public key must be that of the private key.
 */
HUB_MUST_USE hub_status hub_hpke_key_file_decode(struct hub_hpke_keypair *out, hub_span text,
                                                 struct hub_why *why);
/* The same from a file, which a message names. Other errors as read says. */
HUB_MUST_USE hub_status hub_hpke_key_file_load(struct hub_hpke_keypair *out, const char *path,
                                               hub_hpke_key_read read, struct hub_why *why);

/* In an aggregator's folder of keys operator.key is the newest; operator-NNN.key, NNN being its
 * configuration id, is an older one that still opens reports. Whether a file's name is of these. */
bool hub_hpke_key_file_is_older(const char *name);

#endif
