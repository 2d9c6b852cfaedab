/* HPKE configurations. */
#include "wire/hpke_config.h"

#include "wire/limits.h"
#include "wire/vector_internal.h"

struct hub_hpke_config_view hub_read_hpke_config(struct hub_reader *r)
{
    struct hub_hpke_config_view c;

    c.id = hub_read_u8(r);
    c.kem_id = hub_read_u16(r);
    c.kdf_id = hub_read_u16(r);
    c.aead_id = hub_read_u16(r);
    c.public_key = hub_read_vec16(r, 1);
    return c;
}

void hub_write_hpke_config(struct hub_writer *w, const struct hub_hpke_config_view *c)
{
    hub_write_u8(w, c->id);
    hub_write_u16(w, c->kem_id);
    hub_write_u16(w, c->kdf_id);
    hub_write_u16(w, c->aead_id);
    hub_write_limited16(w, c->public_key, 1, UINT16_MAX);
}

hub_status hub_hpke_config_decode(struct hub_hpke_config_view *out, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    const struct hub_hpke_config_view c = hub_read_hpke_config(&r);

    HUB_TRY(hub_reader_finish(&r));
    *out = c;
    return HUB_OK;
}

hub_status hub_hpke_config_encode(struct hub_buf *out, const struct hub_hpke_config_view *c)
{
    struct hub_writer w = hub_writer(out);

    hub_write_hpke_config(&w, c);
    return hub_writer_finish(&w);
}

/* The items of an HpkeConfigList<10..2^16-1>, which is its length and nothing else. */
static hub_status open_list(struct hub_reader *items, hub_span bytes)
{
    struct hub_reader r = hub_reader(bytes);
    const hub_span list = hub_read_vec16(&r, 10);

    HUB_TRY(hub_reader_finish(&r));
    *items = hub_reader(list);
    return HUB_OK;
}

hub_status hub_hpke_config_list_decode(struct hub_hpke_config_view *out, size_t *n, size_t max,
                                       hub_span bytes)
{
    struct hub_reader items;
    size_t count = 0;

    HUB_TRY(open_list(&items, bytes));
    while (hub_reader_has_more(&items)) {
        const struct hub_hpke_config_view c = hub_read_hpke_config(&items);
        if (items.failed)
            break;
        if (count == max)
            return HUB_E_SPACE;
        out[count++] = c;
    }
    HUB_TRY(hub_reader_finish(&items));
    *n = count;
    return HUB_OK;
}

hub_status hub_hpke_config_list_encode(struct hub_buf *out, const struct hub_hpke_config_view *c,
                                       size_t n)
{
    struct hub_writer w = hub_writer(out);

    if (n == 0 || n > HUB_WIRE_HPKE_CONFIGS_MAX)
        return HUB_E_ARGUMENT;
    const size_t at = hub_write_vec_begin(&w, 2);
    for (size_t i = 0; i < n; i++)
        hub_write_hpke_config(&w, &c[i]);
    hub_write_vec_end(&w, at, 2);
    return hub_writer_finish(&w);
}

hub_status hub_hpke_config_list_choose(struct hub_hpke_config_view *out, hub_span bytes,
                                       uint16_t kem_id, uint16_t kdf_id, uint16_t aead_id,
                                       size_t key_len)
{
    struct hub_reader items;
    struct hub_hpke_config_view chosen;
    bool found = false;

    HUB_TRY(open_list(&items, bytes));
    while (hub_reader_has_more(&items)) {
        const struct hub_hpke_config_view c = hub_read_hpke_config(&items);
        const bool fits = c.kem_id == kem_id && c.kdf_id == kdf_id && c.aead_id == aead_id &&
                          c.public_key.len == key_len;
        if (fits && !found) {
            chosen = c;
            found = true;
        }
    }
    HUB_TRY(hub_reader_finish(&items)); /* a list with a broken end has no good beginning */
    if (!found)
        return HUB_E_NOT_FOUND;
    *out = chosen;
    return HUB_OK;
}
