/* Files are replaced whole, so that a crash leaves the old or the new one. */
#include "operator/rotate.h"

#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "hpke/key_file.h"
#include "operator/sealed.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_LEN = 1024, SECRET_FILE_MAX = 1 << 20 };

static int is_older_key(const struct dirent *entry)
{
    return hub_hpke_key_file_is_older(entry->d_name);
}

/* Marks the ids of the older keys in the folder. */
static hub_status mark_older(bool taken[256], size_t *n, const char *folder, struct hub_why *why)
{
    struct dirent **names = NULL;
    const int n_names = scandir(folder, &names, is_older_key, alphasort);
    hub_status status =
        n_names < 0 ? hub_why(why, HUB_E_IO, "%.200s cannot be read", folder) : HUB_OK;

    *n = 0;
    for (int i = 0; i < n_names; i++) {
        char path[PATH_LEN];
        HUB_CLEANUP(hub_hpke_keypair_wipe) struct hub_hpke_keypair pair = {0};

        (void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
        if (status == HUB_OK)
            status = hub_hpke_key_file_load(&pair, path, hub_file_read, why);
        if (status == HUB_OK) {
            taken[pair.config.id] = true;
            *n += 1;
        }
        free(names[i]);
    }
    free(names);
    return status;
}

static hub_status write_key(const char *path, uint8_t id, const struct hub_rng *rng,
                            struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(HUB_HPKE_KEY_FILE_MAX);
    HUB_CLEANUP(hub_hpke_keypair_wipe) struct hub_hpke_keypair pair = {0};

    HUB_TRY(hub_hpke_keypair_generate(&pair, id, rng));
    HUB_TRY(hub_hpke_key_file_encode(&text, &pair));
    return hub_file_replace(path, hub_buf_span(&text), 0600, why);
}

hub_status hub_rotate_hpke_key(uint8_t *id, const char *folder, const struct hub_rng *rng,
                               struct hub_why *why)
{
    char path[PATH_LEN];
    char kept[PATH_LEN];
    bool taken[256] = {false};
    size_t n_older;
    HUB_CLEANUP(hub_hpke_keypair_wipe) struct hub_hpke_keypair old = {0};

    (void)snprintf(path, sizeof(path), "%s/operator.key", folder);
    HUB_TRY(hub_hpke_key_file_load(&old, path, hub_file_read, why));
    taken[old.config.id] = true;
    HUB_TRY(mark_older(taken, &n_older, folder, why));
    if (1 + n_older >= HUB_HPKE_KEYS_MAX)
        return hub_why(why, HUB_E_SPACE, "%.200s has %zu keys: remove those whose time is over",
                       folder, 1 + n_older);
    for (*id = (uint8_t)(old.config.id + 1); taken[*id];)
        *id = (uint8_t)(*id + 1);
    /* A second name first: no moment is without a key, and a repeated try finds it there. */
    (void)snprintf(kept, sizeof(kept), "%s/operator-%03u.key", folder, old.config.id);
    if (link(path, kept) != 0 && errno != EEXIST)
        return hub_why(why, HUB_E_IO, "%.200s cannot be made: %s", kept, strerror(errno));
    return write_key(path, *id, rng, why);
}

static hub_status read_secret(struct hub_task_secret *out, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_FILE_MAX);

    HUB_TRY(hub_file_read(&text, path, why));
    return hub_task_secret_parse(out, hub_buf_span(&text), path, why);
}

static hub_status write_secret(const char *path, const struct hub_task_secret *secret,
                               struct hub_why *why)
{
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(SECRET_FILE_MAX);

    HUB_TRY(hub_task_secret_write(&text, secret));
    return hub_file_replace(path, hub_buf_span(&text), 0600, why);
}

/* Where the hash of the token stands. */
static hub_status find_hash(uint8_t **out, struct hub_task_secret *secret, const char *path,
                            const char *service, struct hub_why *why)
{
    if (secret->role != HUB_ROLE_LEADER && (service != NULL || secret->role != HUB_ROLE_HELPER))
        return hub_why(why, HUB_E_CONFIG, "%.200s: nobody shows this party %s", path,
                       service == NULL ? "a token" : "a service's token");
    *out = service == NULL ? secret->peer_sha256 : NULL;
    for (size_t i = 0; service != NULL && i < secret->n_services; i++) {
        if (strcmp(secret->services[i].name, service) == 0)
            *out = secret->services[i].token_sha256;
    }
    return *out != NULL ? HUB_OK
                        : hub_why(why, HUB_E_NOT_FOUND, "%.200s: no service %.64s", path, service);
}

hub_status hub_rotate_token(char token[HUB_TOKEN_LEN + 1], const char *secret_path,
                            const char *service, const struct hub_rng *rng, struct hub_why *why)
{
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret secret = {0};
    uint8_t *hash = NULL;

    HUB_TRY(read_secret(&secret, secret_path, why));
    HUB_TRY(find_hash(&hash, &secret, secret_path, service, why));
    HUB_TRY(hub_token_new(token, rng));
    HUB_TRY(hub_sha256(hash, hub_span_text(token)));
    return write_secret(secret_path, &secret, why);
}

hub_status hub_take_token(const char *secret_path, hub_span token, struct hub_why *why)
{
    HUB_CLEANUP(hub_task_secret_wipe) struct hub_task_secret secret = {0};
    uint8_t bytes[32];

    HUB_TRY(read_secret(&secret, secret_path, why));
    if (secret.role == HUB_ROLE_HELPER)
        return hub_why(why, HUB_E_CONFIG, "%.200s: a helper shows nobody a token", secret_path);
    if (token.len != HUB_TOKEN_LEN ||
        hub_base64url_decode_exact(bytes, sizeof(bytes), token) != HUB_OK)
        return hub_why(why, HUB_E_CONFIG, "a token is %d characters of base64url", HUB_TOKEN_LEN);
    hub_wipe(bytes, sizeof(bytes));
    memcpy(secret.token, token.ptr, HUB_TOKEN_LEN);
    secret.token[HUB_TOKEN_LEN] = '\0';
    return write_secret(secret_path, &secret, why);
}
