/* The VDAF, the TaskConfiguration and the key pairs of a file: built from their parts and compared
 * with their encodings. Later steps use what this one built. */
#include "interop_vectors.h"

#include "../tests/fuzz/codecs.h"
#include "wire/extension.h"
#include "wire/hpke_config.h"
#include "wire/limits.h"
#include "wire/vdaf_configuration.h"

static enum hub_vdaf_kind kind_of(struct hub_vectors *v, const json_t *vdaf)
{
    const char *const type = hub_vectors_text(v, vdaf, "type");

    for (uint32_t kind = HUB_VDAF_TYPE_PRIO3_COUNT; kind <= HUB_VDAF_TYPE_PRIO3_MULTIHOT; kind++) {
        if (strcmp(type, hub_vdaf_type_name(kind)) == 0)
            return (enum hub_vdaf_kind)kind;
    }
    hub_vectors_fail(v, "type", "a VDAF that is spoken here", type);
    return HUB_VDAF_PRIO3_COUNT;
}

/* 0 for a parameter that the VDAF does not have. */
static uint64_t parameter(struct hub_vectors *v, const json_t *vdaf, const char *key)
{
    return json_object_get(vdaf, key) == NULL ? 0 : hub_vectors_number(v, vdaf, key);
}

static void make_vdaf(struct hub_vectors *v)
{
    const json_t *const vdaf = hub_vectors_get(v, v->root, "vdaf");

    hub_vectors_at(v, "vdaf");
    v->params.kind = kind_of(v, vdaf);
    v->params.max_measurement = parameter(v, vdaf, "max_measurement");
    v->params.length = (uint32_t)parameter(v, vdaf, "length");
    v->params.chunk_length = (uint32_t)parameter(v, vdaf, "chunk_length");
    v->params.max_weight = parameter(v, vdaf, "max_weight");
    if (v->failed)
        return;
    hub_vectors_must(v, "", hub_vdaf_new(&v->vdaf, &v->params));
    if (!v->failed)
        v->workspace = hub_vectors_alloc(v, hub_vdaf_workspace_len(v->vdaf, 1));
    v->configuration.vdaf = (struct hub_vdaf_configuration){
        .type = (uint32_t)v->params.kind,
        .max_measurement = v->params.max_measurement,
        .length = v->params.length,
        .chunk_length = v->params.chunk_length,
        .max_weight = v->params.max_weight,
    };
}

/* vdaf_type and vdaf_configuration<0..2^16-1> against their own members. */
static void check_vdaf_configuration(struct hub_vectors *v, const json_t *task)
{
    HUB_CLEANUP(hub_buf_clear) struct hub_buf buf = HUB_BUF_INIT(100);
    struct hub_writer w = hub_writer(&buf);

    hub_write_vdaf_configuration(&w, &v->configuration.vdaf);
    hub_vectors_must(v, "vdaf_configuration", hub_writer_finish(&w));
    hub_vectors_expect_number(v, task, "vdaf_type", v->configuration.vdaf.type);
    if (!v->failed)
        hub_vectors_expect(v, task, "vdaf_configuration",
                           hub_span_slice(hub_buf_span(&buf), 6, buf.len - 6));
}

/* The extensions of the task stand in the file as they are encoded; only a task interval exists. */
static void take_extensions(struct hub_vectors *v, const json_t *task)
{
    const hub_span list = hub_vectors_bytes(v, task, "extensions");
    hub_span data = HUB_SPAN_EMPTY;

    v->configuration.has_task_interval =
        hub_extension_find(list, HUB_TASK_EXTENSION_TASK_INTERVAL, &data);
    if (!v->configuration.has_task_interval)
        return;
    struct hub_reader r = hub_reader(data);
    v->configuration.task_interval = hub_read_time_interval(&r);
}

static void make_task(struct hub_vectors *v)
{
    const json_t *const task = hub_vectors_get(v, v->root, "task");
    struct hub_task_configuration *const c = &v->configuration;
    struct hub_buf buf = HUB_BUF_INIT(HUB_WIRE_TASK_CONFIGURATION_MAX);

    hub_vectors_at(v, "task");
    hub_vectors_bytes_exact(v, v->task_id.bytes, HUB_TASK_ID_LEN, task, "task_id");
    c->task_info = hub_vectors_bytes(v, task, "task_info");
    c->leader_url = hub_span_text(hub_vectors_text(v, task, "leader_aggregator_endpoint"));
    c->helper_url = hub_span_text(hub_vectors_text(v, task, "helper_aggregator_endpoint"));
    c->time_precision = hub_vectors_number(v, task, "time_precision");
    c->min_batch_size = hub_vectors_number(v, task, "min_batch_size");
    c->batch_mode = (enum hub_batch_mode)hub_vectors_number(v, task, "batch_mode");
    hub_vectors_expect(v, task, "batch_config", HUB_SPAN_EMPTY);
    check_vdaf_configuration(v, task);
    take_extensions(v, task);
    if (v->failed)
        return;
    v->task_configuration =
        hub_vectors_keep(v, &buf, "task_configuration", hub_task_configuration_encode(&buf, c));
    hub_vectors_expect(v, task, "task_configuration", v->task_configuration);
    if (!v->failed)
        hub_vectors_must(v, "task_configuration",
                         hub_codec_find("TaskConfiguration")->round_trip(v->task_configuration));

    v->verify_key = hub_vectors_bytes(v, task, "vdaf_verify_key");
    if (!v->failed && v->verify_key.len != HUB_VDAF_VERIFY_KEY_LEN)
        hub_vectors_fail(v, "vdaf_verify_key", "32 octets", "another length");
    v->verification_key_id = (uint8_t)hub_vectors_number(v, task, "verification_key_id");
    hub_vdaf_context(v->context, &v->task_id);
    hub_vectors_expect(v, task, "vdaf_context", HUB_SPAN_ARRAY(v->context));
}

/* The configuration that a client would choose from the list is the file's own. */
static void check_config_list(struct hub_vectors *v, const json_t *party,
                              const struct hub_hpke_config_view *config)
{
    const hub_span list = hub_vectors_bytes(v, party, "hpke_config_list");
    struct hub_hpke_config_view chosen;

    if (v->failed)
        return;
    hub_vectors_must(v, "hpke_config_list", hub_codec_find("HpkeConfigList")->round_trip(list));
    hub_vectors_must(v, "hpke_config_list",
                     hub_hpke_config_list_choose(&chosen, list, HUB_HPKE_KEM_X25519,
                                                 HUB_HPKE_KDF_SHA256, HUB_HPKE_AEAD_AES_128_GCM,
                                                 HUB_HPKE_KEY_LEN));
    if (v->failed)
        return;
    hub_vectors_expect_same(v, "hpke_config_list", config->public_key, chosen.public_key);
    if (chosen.id != config->id)
        hub_vectors_fail(v, "hpke_config_list", "the party's config_id first", "another");
}

static struct hub_hpke_recipient *make_keys(struct hub_vectors *v, struct hub_hpke_keypair *keys,
                                            const char *name)
{
    const json_t *const party = hub_vectors_get(v, hub_vectors_get(v, v->root, "hpke"), name);
    struct hub_hpke_recipient *recipient = NULL;
    struct hub_buf buf = HUB_BUF_INIT(100);
    uint8_t private_key[HUB_HPKE_KEY_LEN];

    hub_vectors_at(v, "hpke.%s", name);
    const uint8_t id = (uint8_t)hub_vectors_number(v, party, "config_id");
    hub_vectors_bytes_exact(v, private_key, sizeof(private_key), party, "private_key");
    if (v->failed)
        return NULL;
    hub_vectors_must(v, "private_key", hub_hpke_keypair_init(keys, id, private_key));
    hub_vectors_expect(v, party, "public_key", HUB_SPAN_ARRAY(keys->config.public_key));

    const struct hub_hpke_config_view config = {
        .id = id,
        .kem_id = (uint16_t)hub_vectors_number(v, party, "kem_id"),
        .kdf_id = (uint16_t)hub_vectors_number(v, party, "kdf_id"),
        .aead_id = (uint16_t)hub_vectors_number(v, party, "aead_id"),
        .public_key = HUB_SPAN_ARRAY(keys->config.public_key),
    };
    const hub_span encoded =
        hub_vectors_keep(v, &buf, "hpke_config", hub_hpke_config_encode(&buf, &config));
    hub_vectors_expect(v, party, "hpke_config", encoded);
    if (json_object_get(party, "hpke_config_list") != NULL)
        check_config_list(v, party, &config);
    if (!v->failed)
        hub_vectors_must(v, "private_key", hub_hpke_recipient_new(&recipient, keys));
    return recipient;
}

void hub_vectors_task(struct hub_vectors *v)
{
    if (strcmp(hub_vectors_text(v, v->root, "format"), "dap-18 task vectors, 1") != 0)
        hub_vectors_fail(v, "format", "dap-18 task vectors, 1",
                         hub_vectors_text(v, v->root, "format"));
    make_vdaf(v);
    make_task(v);
    v->recipients[HUB_VECTORS_LEADER] = make_keys(v, &v->keys[HUB_VECTORS_LEADER], "leader");
    v->recipients[HUB_VECTORS_HELPER] = make_keys(v, &v->keys[HUB_VECTORS_HELPER], "helper");
    v->collector = make_keys(v, &v->collector_keys, "collector");
}
