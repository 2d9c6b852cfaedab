/* HpkeConfig and HpkeConfigList (DAP-18 section 4.4.1). */
#ifndef WIRE_HPKE_CONFIG_H
#define WIRE_HPKE_CONFIG_H

#include "wire/types.h"

struct hub_hpke_config_view {
    uint8_t id;
    uint16_t kem_id;
    uint16_t kdf_id;
    uint16_t aead_id;
    hub_span public_key; /* at least one byte; as long as the KEM says */
};

struct hub_hpke_config_view hub_read_hpke_config(struct hub_reader *r);
void hub_write_hpke_config(struct hub_writer *w, const struct hub_hpke_config_view *c);
/* One configuration and nothing else. */
HUB_MUST_USE hub_status hub_hpke_config_decode(struct hub_hpke_config_view *out, hub_span bytes);
HUB_MUST_USE hub_status hub_hpke_config_encode(struct hub_buf *out,
                                               const struct hub_hpke_config_view *c);

/* Writes at most max configurations, in their order, and sets *n. HUB_E_DECODE also for an empty
 * list; HUB_E_SPACE if there are more than max. */
HUB_MUST_USE hub_status hub_hpke_config_list_decode(struct hub_hpke_config_view *out, size_t *n,
                                                    size_t max, hub_span bytes);
HUB_MUST_USE hub_status hub_hpke_config_list_encode(struct hub_buf *out,
                                                    const struct hub_hpke_config_view *c, size_t n);
/* The first of the list with exactly these algorithms and a public key of key_len bytes;
 * HUB_E_DECODE if the list is malformed, HUB_E_NOT_FOUND if none fits: the client must not go on.
 */
HUB_MUST_USE hub_status hub_hpke_config_list_choose(struct hub_hpke_config_view *out,
                                                    hub_span bytes, uint16_t kem_id,
                                                    uint16_t kdf_id, uint16_t aead_id,
                                                    size_t key_len);

#endif
