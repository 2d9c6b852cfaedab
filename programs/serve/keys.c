/* Key files are text that only their owner reads. */
#include "serve/keys.h"

#include "base/file.h"
#include "base/text.h"
#include "serve/folders.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_LEN = 1024 };

static const char accumulator_head[] = "hubbub-accumulator-key 1\nkey = ";

static hub_status load_hpke(struct aggregator_keys *out, const char *folder, const char *name,
                            struct hub_why *why)
{
    char path[PATH_LEN];

    if (out->n_hpke == HUB_HPKE_KEYS_MAX)
        return hub_why(why, HUB_E_CONFIG, "%s: more than %d HPKE keys", folder, HUB_HPKE_KEYS_MAX);
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    HUB_TRY(hub_hpke_key_file_load(&out->hpke[out->n_hpke], path, hub_file_read, why));
    for (size_t i = 0; i < out->n_hpke; i++) {
        if (out->hpke[i].config.id == out->hpke[out->n_hpke].config.id)
            return hub_why(why, HUB_E_CONFIG, "%s: another key has the configuration id %u", path,
                           out->hpke[i].config.id);
    }
    out->n_hpke++;
    return HUB_OK;
}

static hub_status load_older(struct aggregator_keys *out, const char *folder, struct hub_why *why)
{
    struct dirent **names = NULL;
    int n = scandir(folder, &names, aggregator_is_older_key, alphasort);
    hub_status status = n < 0 ? hub_why(why, HUB_E_IO, "%s cannot be read", folder) : HUB_OK;

    for (int i = n - 1; i >= 0; i--) {
        if (status == HUB_OK)
            status = load_hpke(out, folder, names[i]->d_name, why);
        free(names[i]);
    }
    free(names);
    return status;
}

/* Makes the file, unless another process has meanwhile. */
static hub_status make_accumulator_key(const char *path, const struct hub_rng *rng,
                                       struct hub_why *why)
{
    char own[PATH_LEN + 16];
    uint8_t key[HUB_BOX_KEY_LEN];
    char encoded[HUB_BASE64URL_LEN(HUB_BOX_KEY_LEN) + 1];
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(256);

    HUB_TRY(hub_rng_fill(rng, key, sizeof(key)));
    hub_base64url_encode(encoded, HUB_SPAN_ARRAY(key));
    hub_wipe(key, sizeof(key));
    hub_status status = hub_buf_append(&text, hub_span_text(accumulator_head));
    if (status == HUB_OK)
        status = hub_buf_append(&text, hub_span_text(encoded));
    if (status == HUB_OK)
        status = hub_buf_append(&text, hub_span_text("\n"));
    hub_wipe(encoded, sizeof(encoded));
    HUB_TRY(status);
    (void)snprintf(own, sizeof(own), "%s.%d", path, (int)getpid());
    HUB_TRY(hub_file_write(own, hub_buf_span(&text), 0600, why));
    /* of several processes that start at once on one folder, one makes the key of all */
    const bool is_linked = link(own, path) == 0 || errno == EEXIST;
    (void)unlink(own);
    if (!is_linked || hub_file_sync_folder(path) != HUB_OK)
        return hub_why(why, HUB_E_IO, "%s: %s", path, strerror(errno));
    return HUB_OK;
}

/* The first database that is there as a file; NULL: none is. */
static const char *existing(const struct aggregator_config *config)
{
    for (size_t i = 0; i < config->n_databases; i++) {
        if (access(config->databases[i].database, F_OK) == 0)
            return config->databases[i].database;
    }
    return NULL;
}

static hub_status load_accumulator_key(struct aggregator_keys *out,
                                       const struct aggregator_config *config,
                                       const struct hub_rng *rng, struct hub_why *why)
{
    char path[PATH_LEN];
    const size_t head_len = sizeof(accumulator_head) - 1;
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(256);

    (void)snprintf(path, sizeof(path), "%s/accumulator.key", config->keys);
    hub_status status = hub_file_read(&text, path, why);
    if (status == HUB_E_NOT_FOUND) {
        const char *const database = existing(config);
        if (database != NULL)
            return hub_why(why, HUB_E_CONFIG,
                           "%s is missing, but the database %s is there: its accumulators cannot "
                           "be opened; put the key back",
                           path, database);
        HUB_TRY(make_accumulator_key(path, rng, why));
        status = hub_file_read(&text, path, why);
    }
    HUB_TRY(status);
    hub_span all = hub_buf_span(&text);
    if (all.len < head_len + 2 || memcmp(all.ptr, accumulator_head, head_len) != 0 ||
        all.ptr[all.len - 1] != '\n' ||
        hub_base64url_decode_exact(out->accumulator, HUB_BOX_KEY_LEN,
                                   hub_span_slice(all, head_len, all.len - head_len - 1)) != HUB_OK)
        return hub_why(why, HUB_E_CONFIG, "%s is no accumulator key", path);
    return HUB_OK;
}

hub_status aggregator_keys_load(struct aggregator_keys *out, const struct aggregator_config *config,
                                const struct hub_rng *rng, struct hub_why *why)
{
    *out = (struct aggregator_keys){0};
    HUB_TRY(load_hpke(out, config->keys, "operator.key", why));
    HUB_TRY(load_older(out, config->keys, why));
    return load_accumulator_key(out, config, rng, why);
}

void aggregator_keys_wipe(struct aggregator_keys *keys)
{
    hub_wipe(keys, sizeof(*keys));
}
