/* `hubbub interop aggregator`: the leader's and the helper's rooms over one party, whose tasks come
 * from the test API. It has no way to load a task file, and its mechanism adds nothing. */
#include "interop.h"
#include "interop/run.h"
#include "interop/task.h"

#include "crypto/hash.h"
#include "crypto/random.h"
#include "http/auth.h"
#include "leader/peer_http.h"
#include "mechanisms.h"
#include "serve/handler.h"
#include "wire/hpke_config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { LINGER_MS = 5, N_WORKERS = 2, NOISE_READY = 4, NOISE_WAIT_MS = 10000 };

struct aggregator {
    struct hub_log log;
    struct hub_rng rng;
    char folder[64]; /* removed at the end; "": --db names a file elsewhere */
    char db_path[1024];
    char head_path[1040];
    struct hub_hpke_keypair key;
    struct hub_peer peer;
    struct aggregator_home home;
    struct aggregator_serve serve; /* of this one */
};

/* ---- add_task */

static enum hub_role read_role(struct interop_fields *f)
{
    const char *const role = interop_text(f, "role");

    if (strcmp(role, "leader") == 0)
        return HUB_ROLE_LEADER;
    if (strcmp(role, "helper") != 0)
        interop_fields_fail(f, "role", "is neither leader nor helper");
    return HUB_ROLE_HELPER;
}

static const char *read_token(struct interop_fields *f, const char *name)
{
    const char *const token = interop_text(f, name);

    if (f->status == HUB_OK && !hub_auth_token_is_valid(hub_span_text(token)))
        interop_fields_fail(f, name, "is no token");
    return token;
}

static void read_collector_config(struct interop_fields *f, struct hub_hpke_config *out)
{
    static const char name[] = "collector_hpke_config";
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(1024);
    struct hub_hpke_config_view view;

    interop_any_bytes(f, name, &bytes);
    if (f->status != HUB_OK)
        return;
    if (hub_hpke_config_decode(&view, hub_buf_span(&bytes)) != HUB_OK ||
        view.kem_id != HUB_HPKE_KEM_X25519 || view.kdf_id != HUB_HPKE_KDF_SHA256 ||
        view.aead_id != HUB_HPKE_AEAD_AES_128_GCM || view.public_key.len != HUB_HPKE_KEY_LEN) {
        interop_fields_fail(f, name, "is no HpkeConfig of X25519, HKDF-SHA256, AES-128-GCM");
        return;
    }
    out->id = view.id;
    memcpy(out->public_key, view.public_key.ptr, HUB_HPKE_KEY_LEN);
}

/* All but the task itself. *peer_token is borrowed from the request. */
static hub_status read_rest(struct interop_fields *f, struct hub_party_task_config *config)
{
    struct hub_task_secret *const secret = &config->secret;
    const char *accepted; /* what this role's callers send */

    secret->role = read_role(f);
    (void)interop_integer(f, "min_batch_size");
    config->peer_token = read_token(f, "leader_authentication_token");
    config->peer_dap_header = true;
    accepted = secret->role == HUB_ROLE_LEADER ? read_token(f, "collector_authentication_token")
                                               : config->peer_token;
    interop_bytes(f, "vdaf_verify_key", secret->verify_key, sizeof(secret->verify_key));
    read_collector_config(f, &config->collector);
    HUB_TRY(interop_fields_finish(f));
    return hub_sha256(secret->peer_sha256, hub_span_text(accepted));
}

static hub_status add_task(void *self, const json_t *request, json_t *reply, struct hub_why *why)
{
    struct aggregator *const a = self;
    HUB_CLEANUP(hub_task_free_at) struct hub_task *made = NULL;
    struct hub_party_task_config config = {.peer_dap_header = true};
    struct hub_party_task *task = NULL;
    struct interop_fields f = interop_fields(request, why);

    (void)reply;
    HUB_TRY(interop_task_new(&made, &f));
    hub_status status = read_rest(&f, &config);
    config.task = made;
    config.secret.task_id = made->id;
    if (status == HUB_OK)
        status = hub_party_task_add(a->home.party, &config, &task, why);
    hub_task_secret_wipe(&config.secret);
    made = config.task; /* NULL: it has gone over */
    HUB_TRY(status);
    /* a bucket that opens before its noise is there is a 503 */
    HUB_TRY(hub_noise_pool_wait(a->home.party->pool, NOISE_READY, NOISE_WAIT_MS));
    return task->role == HUB_ROLE_LEADER ? hub_leader_task_added(atomic_load(&a->home.leader), task)
                                         : HUB_OK;
}

static hub_status endpoint_for_task(void *self, const json_t *request, json_t *reply,
                                    struct hub_why *why)
{
    (void)self;
    (void)request;
    (void)why;
    return json_object_set_new(reply, "endpoint", json_string("/")) == 0 ? HUB_OK : HUB_E_MEMORY;
}

static const struct interop_endpoint endpoints[] = {
    {.name = "ready"},
    {.name = "endpoint_for_task", .fields = {"status", "endpoint"}, .run = endpoint_for_task},
    {.name = "add_task", .fields = {"status", "error"}, .run = add_task},
};

/* ---- Up and down */

static hub_status choose_paths(struct aggregator *a, const char *db, struct hub_why *why)
{
    if (db != NULL) {
        (void)snprintf(a->db_path, sizeof(a->db_path), "%s", db);
        (void)snprintf(a->head_path, sizeof(a->head_path), "%s.head", db);
        if (!hub_db_is_url(db))
            return HUB_OK;
    }
    (void)snprintf(a->folder, sizeof(a->folder), "%s/hubbub-interop-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(a->folder) == NULL) {
        a->folder[0] = '\0';
        return hub_why(why, HUB_E_IO, "no folder for a database can be made");
    }
    if (db == NULL)
        (void)snprintf(a->db_path, sizeof(a->db_path), "%s/db", a->folder);
    (void)snprintf(a->head_path, sizeof(a->head_path), "%s/head", a->folder);
    return HUB_OK;
}

static hub_status open_party(struct aggregator *a, struct hub_why *why)
{
    uint8_t key_id;
    struct hub_party_config config = {
        .clock = hub_system_clock(),
        .allow_plain = true,
        .rng = a->rng,
        .mechanism = hub_test_mechanism_none(),
        .log = &a->log,
        .keys = &a->key,
        .n_keys = 1,
        .db_path = a->db_path,
        .head_path = a->head_path,
        .path_prefix = "",
        .limits = hub_party_limits(),
    };

    config.limits.job_linger_ms = LINGER_MS;
    HUB_TRY(hub_rng_fill(&a->rng, &key_id, sizeof(key_id)));
    HUB_TRY(hub_hpke_keypair_generate(&a->key, key_id, &a->rng));
    HUB_TRY(hub_rng_fill(&a->rng, config.accumulator_key, sizeof(config.accumulator_key)));
    const hub_status status = hub_party_new(&a->home.party, &config, why);
    hub_wipe(config.accumulator_key, sizeof(config.accumulator_key));
    return status;
}

static hub_status start(struct aggregator *a, const char *db, struct hub_why *why)
{
    const struct hub_http_client_config client = hub_http_client_config();
    const struct hub_helper_config helper = {.n_workers = N_WORKERS};

    HUB_TRY(choose_paths(a, db, why));
    HUB_TRY(open_party(a, why));
    HUB_TRY(hub_peer_http_new(&a->peer, &client, &a->log));
    const struct hub_leader_config leader = {.n_workers = N_WORKERS, .peer = a->peer};
    struct hub_leader *leader_room;
    struct hub_helper *helper_room;
    HUB_TRY(hub_leader_new(&leader_room, a->home.party, &leader, why));
    atomic_store(&a->home.leader, leader_room);
    HUB_TRY(hub_helper_new(&helper_room, a->home.party, &helper, why));
    atomic_store(&a->home.helper, helper_room);
    atomic_store(&a->home.is_open, true);
    a->serve.homes = &a->home;
    a->serve.n_homes = 1;
    return HUB_OK;
}

static void remove_folder(const char *path)
{
    DIR *const dir = opendir(path);
    const struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL)
        (void)unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir != NULL)
        (void)closedir(dir);
    (void)rmdir(path);
}

static void stop(struct aggregator *a)
{
    hub_leader_free(atomic_load(&a->home.leader));
    hub_helper_free(atomic_load(&a->home.helper));
    hub_peer_http_free(&a->peer);
    hub_party_free(a->home.party);
    hub_hpke_keypair_wipe(&a->key);
    if (a->folder[0] != '\0')
        remove_folder(a->folder);
}

int hub_interop_aggregator(int argc, char **argv)
{
    struct aggregator a = {.log = interop_log("aggregator"), .rng = hub_system_rng()};
    struct interop_options options;
    struct hub_why why = {{0}};
    int exit_code;

    if (!interop_options_read(&options, argc, argv,
                              "of reports, or postgresql://...; without it one that ends here",
                              &exit_code))
        return exit_code;
    interop_signals_block();
    const hub_status status = start(&a, options.db, &why);
    if (status == HUB_OK) {
        const struct hub_http_handler dap = aggregator_handler(&a.serve);
        const struct interop_api api = {.endpoints = endpoints,
                                        .n_endpoints = sizeof(endpoints) / sizeof(endpoints[0]),
                                        .self = &a,
                                        .n_threads = 1,
                                        .other = &dap,
                                        .log = &a.log};
        exit_code = interop_serve(&api, &options);
    } else {
        (void)fprintf(stderr, "hubbub interop: %s\n",
                      why.text[0] == '\0' ? hub_status_text(status) : why.text);
        exit_code = 1;
    }
    stop(&a);
    return exit_code;
}
