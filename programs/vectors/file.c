/* From JSON to struct vector_file. The form is that of the official vectors (repository
 * cfrg/draft-irtf-cfrg-vdaf, folder test_vec) and of the additions that tests/vectors/README.md
 * lists. */
#include "file.h"

#include "json.h"

#include "base/text.h"

#include <stdio.h>

/* Where a reading function is, for its messages. */
struct source {
    struct hub_arena *arena;
    struct hub_why *why;
    const char *what;
    size_t report;
};

static hub_status refuse(const struct source *s, const char *problem)
{
    return hub_why(s->why, HUB_E_DECODE, "report %zu: %s: %s", s->report, s->what, problem);
}

void vector_file_kind(char *out, size_t size, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    const char *end = strchr(name, '_');

    if (end == NULL)
        end = strrchr(name, '.');
    int len = end != NULL ? (int)(end - name) : (int)strlen(name);
    (void)snprintf(out, size, "%.*s", len, name);
}

static hub_status read_u32(uint32_t *out, const json_t *root, const char *name, struct hub_why *why)
{
    uint64_t value;

    HUB_TRY(vector_json_member_u64(&value, root, name, why));
    if (value > UINT32_MAX)
        return hub_why(why, HUB_E_DECODE, "%s: too large", name);
    *out = (uint32_t)value;
    return HUB_OK;
}

/* The official files do not say it: they have three. */
static hub_status read_proofs(struct hub_vdaf_params *p, const json_t *root, struct hub_why *why)
{
    uint32_t n = 3;

    if (json_object_get(root, "proofs") != NULL)
        HUB_TRY(read_u32(&n, root, "proofs", why));
    p->n_proofs = n;
    return n != 0 ? HUB_OK : hub_why(why, HUB_E_DECODE, "proofs: not 1 to 255");
}

static hub_status read_params(struct hub_vdaf_params *p, const json_t *root, const char *path,
                              struct hub_why *why)
{
    static const struct {
        const char *name;
        enum hub_vdaf_kind kind;
        bool has_max, has_length, has_weight, has_proofs;
    } kinds[] = {
        {"Prio3Count", HUB_VDAF_PRIO3_COUNT, false, false, false, false},
        {"Prio3Sum", HUB_VDAF_PRIO3_SUM, true, false, false, false},
        {"Prio3SumVec", HUB_VDAF_PRIO3_SUMVEC, true, true, false, false},
        {"Prio3Histogram", HUB_VDAF_PRIO3_HISTOGRAM, false, true, false, false},
        {"Prio3MultihotCountVec", HUB_VDAF_PRIO3_MULTIHOT, false, true, true, false},
        {"Prio3SumVecWithMultiproof", HUB_VDAF_PRIO3_SUMVEC_MULTIPROOF, true, true, false, true},
        {"Prio3HigherDegree", HUB_VDAF_PRIO3_HIGHER_DEGREE, false, false, false, false},
    };
    char name[64];

    vector_file_kind(name, sizeof(name), path);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(name, kinds[i].name) != 0)
            continue;
        p->kind = kinds[i].kind;
        if (kinds[i].has_max)
            HUB_TRY(vector_json_member_u64(&p->max_measurement, root, "max_measurement", why));
        if (kinds[i].has_length) {
            HUB_TRY(read_u32(&p->length, root, "length", why));
            HUB_TRY(read_u32(&p->chunk_length, root, "chunk_length", why));
        }
        if (kinds[i].has_weight)
            HUB_TRY(vector_json_member_u64(&p->max_weight, root, "max_weight", why));
        if (kinds[i].has_proofs)
            HUB_TRY(read_proofs(p, root, why));
        return HUB_OK;
    }
    return hub_why(why, HUB_E_REFUSED, "unsupported VDAF");
}

static hub_status read_message(struct vector_message *out, const struct source *s,
                               const json_t *value)
{
    if (vector_message_read(out, s->arena, value) != HUB_OK)
        return refuse(s, "not hexadecimal, nor sha256:<hex>:<length>");
    return HUB_OK;
}

static hub_status read_messages(struct vector_message *out, unsigned n, const struct source *s,
                                const json_t *list)
{
    for (unsigned i = 0; i < n; i++)
        HUB_TRY(read_message(&out[i], s, json_array_get(list, i)));
    return HUB_OK;
}

static hub_status read_bytes(hub_span *out, const struct source *s, const json_t *value)
{
    if (vector_json_hex(out, s->arena, value) != HUB_OK)
        return refuse(s, "missing, or not hexadecimal");
    return HUB_OK;
}

/* length numbers from a list, or from the places of those that are one. */
static hub_status read_vector(struct hub_measurement *out, size_t length, const struct source *s,
                              const json_t *list, const json_t *true_at)
{
    size_t n = list != NULL ? json_array_size(list) : length;
    uint64_t *values = HUB_ARENA_NEW(s->arena, uint64_t, n + 1);
    uint64_t place;

    if (values == NULL)
        return refuse(s, "out of memory");
    for (size_t i = 0; list != NULL && i < n; i++) {
        if (vector_json_u64(&values[i], json_array_get(list, i)) != HUB_OK)
            return refuse(s, "not a list of numbers below 2^64");
    }
    for (size_t i = 0; true_at != NULL && i < json_array_size(true_at); i++) {
        if (vector_json_u64(&place, json_array_get(true_at, i)) != HUB_OK || place >= n)
            return refuse(s, "a place outside the vector");
        values[place] = 1;
    }
    out->vector = values;
    out->n = n;
    return HUB_OK;
}

static hub_status read_measurement(struct vector_report *out, size_t length, const struct source *s,
                                   const json_t *report)
{
    const json_t *value = json_object_get(report, "measurement");
    const json_t *true_at = json_object_get(report, "measurement_true_at");

    if (json_is_array(true_at)) {
        out->has_measurement = true;
        return read_vector(&out->measurement, length, s, NULL, true_at);
    }
    if (value == NULL || json_is_null(value))
        return HUB_OK;
    out->has_measurement = true;
    if (json_is_array(value))
        return read_vector(&out->measurement, length, s, value, NULL);
    if (vector_json_u64(&out->measurement.number, value) != HUB_OK)
        return refuse(s, "not a number below 2^64");
    return HUB_OK;
}

static hub_status read_expect(struct vector_report *out, const struct source *s,
                              const json_t *report)
{
    const char *fault = json_string_value(json_object_get(report, "fault"));

    if (vector_expect_read(&out->expect, json_object_get(report, "expect")) != HUB_OK)
        return refuse(s, "neither accept nor reject");
    out->share_is_changed = fault != NULL && strstr(fault, "verifier share") != NULL;
    out->message_is_changed =
        out->share_is_changed || (fault != NULL && strstr(fault, "verifier message") != NULL);
    return HUB_OK;
}

static hub_status read_report(struct vector_report *out, const struct vector_file *file,
                              struct source *s, const json_t *report)
{
    unsigned n = file->n_shares;
    const json_t *rounds = json_object_get(report, "verifier_shares");

    out->input_shares = HUB_ARENA_NEW(s->arena, struct vector_message, n);
    out->verifier_shares = HUB_ARENA_NEW(s->arena, struct vector_message, n);
    out->out_shares = HUB_ARENA_NEW(s->arena, struct vector_message, n);
    out->verify_init = HUB_ARENA_NEW(s->arena, enum vector_outcome, n);
    out->verify_next = HUB_ARENA_NEW(s->arena, enum vector_outcome, n);
    if (out->input_shares == NULL || out->verifier_shares == NULL || out->out_shares == NULL ||
        out->verify_init == NULL || out->verify_next == NULL)
        return refuse(s, "out of memory");

    s->what = "measurement";
    HUB_TRY(read_measurement(out, file->params.length, s, report));
    s->what = "nonce";
    HUB_TRY(read_bytes(&out->nonce, s, json_object_get(report, "nonce")));
    s->what = "rand";
    if (out->has_measurement)
        HUB_TRY(read_bytes(&out->rand, s, json_object_get(report, "rand")));
    s->what = "public_share";
    HUB_TRY(read_message(&out->public_share, s, json_object_get(report, "public_share")));
    s->what = "input_shares";
    HUB_TRY(read_messages(out->input_shares, n, s, json_object_get(report, "input_shares")));
    s->what = "verifier_shares";
    HUB_TRY(read_messages(out->verifier_shares, n, s, json_array_get(rounds, 0)));
    s->what = "verifier_messages";
    HUB_TRY(read_message(&out->verifier_message, s,
                         json_array_get(json_object_get(report, "verifier_messages"), 0)));
    s->what = "out_shares";
    HUB_TRY(read_messages(out->out_shares, n, s, json_object_get(report, "out_shares")));
    s->what = "expect";
    return read_expect(out, s, report);
}

/* The slot in which an operation's outcome is noted; NULL if the file has no such place. */
static enum vector_outcome *find_slot(struct vector_file *file, const char *name,
                                      uint64_t report_index, uint64_t agg_id)
{
    struct vector_report *report =
        report_index < file->n_reports ? &file->reports[report_index] : NULL;
    bool has_agg = agg_id < file->n_shares;

    if (strcmp(name, "unshard") == 0)
        return &file->unshard;
    if (strcmp(name, "aggregate") == 0)
        return has_agg ? &file->aggregate[agg_id] : NULL;
    if (report == NULL)
        return NULL;
    if (strcmp(name, "shard") == 0)
        return &report->shard;
    if (strcmp(name, "verifier_shares_to_message") == 0)
        return &report->to_message;
    if (strcmp(name, "verify_init") == 0 && has_agg)
        return &report->verify_init[agg_id];
    if (strcmp(name, "verify_next") == 0 && has_agg)
        return &report->verify_next[agg_id];
    return NULL;
}

static hub_status read_operations(struct vector_file *file, const json_t *root, struct hub_why *why)
{
    const json_t *list = json_object_get(root, "operations");

    if (!json_is_array(list) || json_array_size(list) == 0)
        return hub_why(why, HUB_E_DECODE, "operations: missing or empty");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *operation = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(operation, "operation"));
        const json_t *success = json_object_get(operation, "success");
        uint64_t report_index = UINT64_MAX;
        uint64_t agg_id = UINT64_MAX;

        (void)!vector_json_u64(&report_index, json_object_get(operation, "report_index"));
        (void)!vector_json_u64(&agg_id, json_object_get(operation, "aggregator_id"));
        enum vector_outcome *slot =
            name != NULL ? find_slot(file, name, report_index, agg_id) : NULL;
        if (slot == NULL || !json_is_boolean(success))
            return hub_why(why, HUB_E_DECODE, "operations: item %zu is none", i);
        if (*slot != VECTOR_NOT_RUN)
            return hub_why(why, HUB_E_DECODE, "operations: item %zu repeats another", i);
        *slot = json_is_true(success) ? VECTOR_SUCCEEDS : VECTOR_FAILS;
    }
    return HUB_OK;
}

/* Decimal digits to 16 little-endian bytes. */
static bool read_total(struct vector_total *out, const json_t *value)
{
    const char *text = json_string_value(value);
    struct vector_total total = {{0}};

    if (text == NULL || *text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        unsigned carry = (unsigned)(*text - '0');

        if (*text < '0' || *text > '9')
            return false;
        for (size_t i = 0; i < sizeof(total.bytes); i++) {
            carry += 10U * total.bytes[i];
            total.bytes[i] = (uint8_t)carry;
            carry >>= 8;
        }
        if (carry != 0)
            return false;
    }
    *out = total;
    return true;
}

/* A number, a list of numbers, or a list of [place, number] for a vector of length. */
static hub_status read_totals(struct vector_file *file, struct hub_arena *arena, const json_t *root,
                              struct hub_why *why)
{
    const json_t *result = json_object_get(root, "agg_result");
    const json_t *sparse = json_object_get(root, "agg_result_nonzero");
    bool is_list = json_is_array(result);
    size_t n = is_list ? json_array_size(result) : 1;
    bool valid = true;

    if (json_is_array(sparse))
        n = file->params.length;
    else if (result == NULL || json_is_null(result))
        return HUB_OK;
    file->totals = HUB_ARENA_NEW(arena, struct vector_total, n + 1);
    if (file->totals == NULL)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    file->n_totals = n;
    for (size_t i = 0; json_is_array(sparse) && i < json_array_size(sparse); i++) {
        const json_t *pair = json_array_get(sparse, i);
        uint64_t place;

        valid = valid && vector_json_u64(&place, json_array_get(pair, 0)) == HUB_OK && place < n &&
                read_total(&file->totals[place], json_array_get(pair, 1));
    }
    for (size_t i = 0; !json_is_array(sparse) && i < n; i++)
        valid = valid && read_total(&file->totals[i], is_list ? json_array_get(result, i) : result);
    if (!valid)
        return hub_why(why, HUB_E_DECODE, "agg_result: not numbers below 2^128");
    return HUB_OK;
}

static hub_status read_head(struct vector_file *file, struct source *s, const json_t *root)
{
    uint64_t shares;
    const json_t *num_accepted = json_object_get(root, "num_accepted");

    HUB_TRY(vector_json_member_u64(&shares, root, "shares", s->why));
    if (shares < 2 || shares > VECTOR_SHARES_MAX)
        return hub_why(s->why, HUB_E_DECODE, "shares: not 2 to 255");
    file->n_shares = (unsigned)shares;
    file->params.n_shares = (unsigned)shares;
    s->what = "verify_key";
    HUB_TRY(read_bytes(&file->verify_key, s, json_object_get(root, "verify_key")));
    if (file->verify_key.len != HUB_VDAF_VERIFY_KEY_LEN)
        return hub_why(s->why, HUB_E_DECODE, "verify_key: not 32 bytes");
    s->what = "ctx";
    HUB_TRY(read_bytes(&file->ctx, s, json_object_get(root, "ctx")));
    if (num_accepted != NULL) {
        file->has_num_accepted = true;
        HUB_TRY(vector_json_member_u64(&file->num_accepted, root, "num_accepted", s->why));
    }
    return HUB_OK;
}

hub_status vector_file_read(struct vector_file *out, struct hub_arena *arena, const char *path,
                            struct hub_why *why)
{
    HUB_CLEANUP(vector_json_cleanup) json_t *root = NULL;
    struct vector_file file = {0};
    struct source s = {.arena = arena, .why = why};

    HUB_TRY(vector_json_load(&root, path, why));
    HUB_TRY(read_params(&file.params, root, path, why));
    HUB_TRY(read_head(&file, &s, root));

    const json_t *reports = json_object_get(root, "reports");
    file.n_reports = json_array_size(reports);
    file.reports = HUB_ARENA_NEW(arena, struct vector_report, file.n_reports + 1);
    file.aggregate = HUB_ARENA_NEW(arena, enum vector_outcome, file.n_shares);
    file.agg_shares = HUB_ARENA_NEW(arena, struct vector_message, file.n_shares);
    if (file.reports == NULL || file.aggregate == NULL || file.agg_shares == NULL)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    for (s.report = 0; s.report < file.n_reports; s.report++)
        HUB_TRY(read_report(&file.reports[s.report], &file, &s, json_array_get(reports, s.report)));
    s.what = "agg_shares";
    HUB_TRY(read_messages(file.agg_shares, file.n_shares, &s, json_object_get(root, "agg_shares")));
    HUB_TRY(read_totals(&file, arena, root, why));
    HUB_TRY(read_operations(&file, root, why));
    *out = file;
    return HUB_OK;
}
