/* What the programs read themselves: configuration, a device's input, moments that people type,
 * vector files. */
#include "codecs.h"
#include "scratch.h"

#include "base/text.h"
#include "device_line.h"
#include "serve/config.h"
#include "utc_time.h"
#include "vectors/file.h"
#include "vectors/idpf.h"
#include "vectors/json.h"
#include "vectors/poplar1_file.h"
#include "vectors/xof.h"

static hub_status aggregator_config(hub_span bytes)
{
    char path[SCRATCH_PATH_MAX];
    struct aggregator_config *const config = malloc(sizeof(*config));
    struct hub_why why;

    if (config == NULL || !scratch_write(path, "aggregator.ini", bytes)) {
        free(config);
        return HUB_E_MEMORY;
    }
    hub_status status = aggregator_config_load(config, path, &why);
    free(config);
    (void)unlink(path);
    return status == HUB_OK || status == HUB_E_MEMORY ? status : HUB_E_DECODE;
}

static hub_status device_line(hub_span bytes)
{
    struct device_line line;
    uint64_t values[3];

    (void)device_line_is_head(bytes);
    (void)device_line_is_blank(bytes);
    device_line_parse(&line, values, 1, bytes);
    bool is_number = line.fault == NULL;
    device_line_parse(&line, values, 3, bytes);
    if (line.time_is_known && !line.has_time)
        return HUB_E_CONFLICT;
    return is_number || line.fault == NULL ? HUB_OK : HUB_E_DECODE;
}

static hub_status utc_time(hub_span bytes)
{
    char again[UTC_TEXT];
    uint64_t at;
    uint64_t back;

    if (!utc_parse(&at, bytes))
        return HUB_E_DECODE;
    utc_format(again, at);
    return utc_parse(&back, hub_span_text(again)) && back == at ? HUB_OK : HUB_E_CONFLICT;
}

static hub_status read_poplar1(struct hub_arena *arena, const char *path, struct hub_why *why)
{
    HUB_CLEANUP(vector_json_cleanup) json_t *root = NULL;
    struct poplar1_file file;

    HUB_TRY(vector_json_load(&root, path, why));
    return poplar1_file_read(&file, arena, root, why);
}

/* The file's name tells the VDAF, here its first byte does. */
static hub_status vector_file(hub_span bytes)
{
    static const char *const names[] = {
        "Prio3Count_0.json",
        "Prio3Sum_0.json",
        "Prio3SumVec_0.json",
        "Prio3Histogram_0.json",
        "Prio3MultihotCountVec_0.json",
        "Prio3SumVecWithMultiproof_0.json",
        "Poplar1_0.json",
        "IdpfBBCGGI21_0.json",
        "XofTurboShake128.json",
        "XofFixedKeyAes128.json",
    };
    enum { N_NAMES = sizeof(names) / sizeof(names[0]), POPLAR1 = 6, IDPF, XOF, FIXED_KEY };
    char path[SCRATCH_PATH_MAX];
    HUB_CLEANUP(hub_arena_clear) struct hub_arena arena = {0};
    struct vector_file file;
    struct hub_why why = {""};
    size_t kind;
    hub_status status;

    if (bytes.len == 0)
        return HUB_E_DECODE;
    kind = bytes.ptr[0] % N_NAMES;
    if (!scratch_write(path, names[kind], hub_span_slice(bytes, 1, bytes.len - 1)))
        return HUB_E_MEMORY;
    if (kind == POPLAR1)
        status = read_poplar1(&arena, path, &why);
    else if (kind == IDPF)
        status = vector_idpf_run(&arena, path, &why);
    else if (kind == XOF)
        status = vector_xof_run(&arena, path, &why);
    else if (kind == FIXED_KEY)
        status = vector_fixed_key_run(&arena, path, &why);
    else
        status = vector_file_read(&file, &arena, path, &why);
    (void)unlink(path);
    return status == HUB_OK || status == HUB_E_MEMORY ? status : HUB_E_DECODE;
}

const struct hub_codec hub_codecs[] = {
    {"AggregatorConfig", aggregator_config},
    {"DeviceLine", device_line},
    {"UtcTime", utc_time},
    {"VectorFile", vector_file},
    {NULL, NULL},
};
