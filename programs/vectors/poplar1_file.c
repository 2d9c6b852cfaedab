/* From JSON to struct poplar1_file: the form of the official vectors with the additions of
 * tests/vectors/vdaf/README.md. */
#include "poplar1_file.h"

struct source {
    struct hub_arena *arena;
    struct hub_why *why;
    size_t report;
};

static hub_status refuse(const struct source *s, const char *name)
{
    return hub_why(s->why, HUB_E_DECODE, "report %zu: %s: not in its form", s->report, name);
}

static hub_status read_hex(hub_span *out, const struct source *s, const json_t *object,
                           const char *name)
{
    if (vector_json_hex(out, s->arena, json_object_get(object, name)) != HUB_OK)
        return hub_why(s->why, HUB_E_DECODE, "%s: missing, or not hexadecimal", name);
    return HUB_OK;
}

static hub_status read_messages(struct vector_message *out, size_t n, const struct source *s,
                                const json_t *list, const char *name)
{
    for (size_t i = 0; i < n; i++) {
        if (vector_message_read(&out[i], s->arena, json_array_get(list, i)) != HUB_OK)
            return refuse(s, name);
    }
    return HUB_OK;
}

/* A list of bits, or the places of those that are one. */
static hub_status read_measurement(struct poplar1_report *out, unsigned bits,
                                   const struct source *s, const json_t *report)
{
    const json_t *list = json_object_get(report, "measurement");
    const json_t *true_at = json_object_get(report, "measurement_true_at");
    const size_t len = ((size_t)bits + 7) / 8;
    uint8_t *packed = HUB_ARENA_NEW(s->arena, uint8_t, len);

    if (packed == NULL)
        return hub_why(s->why, HUB_E_MEMORY, "out of memory");
    if (!json_is_array(list) && !json_is_array(true_at))
        return HUB_OK;
    if (json_is_array(list) && json_array_size(list) != bits)
        return refuse(s, "measurement");
    for (size_t i = 0; json_is_array(list) && i < bits; i++) {
        uint64_t bit;

        if (vector_json_u64(&bit, json_array_get(list, i)) != HUB_OK || bit > 1)
            return refuse(s, "measurement");
        packed[i / 8] = (uint8_t)(packed[i / 8] | bit << (7 - i % 8));
    }
    for (size_t i = 0; !json_is_array(list) && i < json_array_size(true_at); i++) {
        uint64_t at;

        if (vector_json_u64(&at, json_array_get(true_at, i)) != HUB_OK || at >= bits)
            return refuse(s, "measurement_true_at");
        packed[at / 8] = (uint8_t)(packed[at / 8] | 0x80U >> at % 8);
    }
    out->has_measurement = true;
    out->measurement = hub_span_of(packed, len);
    return HUB_OK;
}

static hub_status read_report(struct poplar1_report *out, unsigned bits, const struct source *s,
                              const json_t *report)
{
    const json_t *rounds = json_object_get(report, "verifier_shares");
    const char *fault = json_string_value(json_object_get(report, "fault"));

    HUB_TRY(read_measurement(out, bits, s, report));
    HUB_TRY(read_hex(&out->nonce, s, report, "nonce"));
    if (out->has_measurement)
        HUB_TRY(read_hex(&out->rand, s, report, "rand"));
    if (vector_message_read(&out->public_share, s->arena,
                            json_object_get(report, "public_share")) != HUB_OK)
        return refuse(s, "public_share");
    HUB_TRY(read_messages(out->input_shares, POPLAR1_N_SHARES, s,
                          json_object_get(report, "input_shares"), "input_shares"));
    for (size_t r = 0; r < POPLAR1_N_ROUNDS; r++)
        HUB_TRY(read_messages(out->verifier_shares[r], POPLAR1_N_SHARES, s,
                              json_array_get(rounds, r), "verifier_shares"));
    HUB_TRY(read_messages(out->verifier_messages, POPLAR1_N_ROUNDS, s,
                          json_object_get(report, "verifier_messages"), "verifier_messages"));
    HUB_TRY(read_messages(out->out_shares, POPLAR1_N_SHARES, s,
                          json_object_get(report, "out_shares"), "out_shares"));
    if (vector_expect_read(&out->expect, json_object_get(report, "expect")) != HUB_OK)
        return refuse(s, "expect");
    out->transit_is_changed = fault != NULL && (strstr(fault, "verifier share") != NULL ||
                                                strstr(fault, "verifier message") != NULL);
    return HUB_OK;
}

/* The place at which an operation's outcome is noted; NULL if there is none. */
static enum vector_outcome *find_slot(struct poplar1_file *file, const char *name, uint64_t index,
                                      uint64_t agg_id, uint64_t round)
{
    struct poplar1_report *report = index < file->n_reports ? &file->reports[index] : NULL;
    bool has_agg = agg_id < POPLAR1_N_SHARES;

    if (strcmp(name, "unshard") == 0)
        return &file->unshard;
    if (strcmp(name, "aggregate") == 0)
        return has_agg ? &file->aggregate[agg_id] : NULL;
    if (report == NULL)
        return NULL;
    if (strcmp(name, "shard") == 0)
        return &report->shard;
    if (strcmp(name, "verifier_shares_to_message") == 0)
        return round < POPLAR1_N_ROUNDS ? &report->to_message[round] : NULL;
    if (strcmp(name, "verify_init") == 0)
        return has_agg ? &report->verify_init[agg_id] : NULL;
    if (strcmp(name, "verify_next") == 0 && has_agg)
        return round >= 1 && round <= POPLAR1_N_ROUNDS ? &report->verify_next[round - 1][agg_id]
                                                       : NULL;
    return NULL;
}

static hub_status read_operations(struct poplar1_file *file, const json_t *root,
                                  struct hub_why *why)
{
    const json_t *list = json_object_get(root, "operations");

    if (json_array_size(list) == 0)
        return hub_why(why, HUB_E_DECODE, "operations: missing or empty");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *operation = json_array_get(list, i);
        const char *name = json_string_value(json_object_get(operation, "operation"));
        const json_t *success = json_object_get(operation, "success");
        uint64_t index = UINT64_MAX;
        uint64_t agg_id = UINT64_MAX;
        uint64_t round = UINT64_MAX;

        (void)!vector_json_u64(&index, json_object_get(operation, "report_index"));
        (void)!vector_json_u64(&agg_id, json_object_get(operation, "aggregator_id"));
        (void)!vector_json_u64(&round, json_object_get(operation, "round"));
        enum vector_outcome *slot =
            name != NULL ? find_slot(file, name, index, agg_id, round) : NULL;
        if (slot == NULL || !json_is_boolean(success))
            return hub_why(why, HUB_E_DECODE, "operations: item %zu is none", i);
        if (*slot != VECTOR_NOT_RUN)
            return hub_why(why, HUB_E_DECODE, "operations: item %zu repeats another", i);
        *slot = json_is_true(success) ? VECTOR_SUCCEEDS : VECTOR_FAILS;
    }
    return HUB_OK;
}

/* A list of counts, or of [place, count] where the others are zero. */
static hub_status read_totals(struct poplar1_file *file, const struct source *s, const json_t *root)
{
    const json_t *list = json_object_get(root, "agg_result");
    const json_t *sparse = json_object_get(root, "agg_result_nonzero");
    struct hub_agg_param param = {0};
    bool valid = true;

    if (!json_is_array(list) && !json_is_array(sparse))
        return HUB_OK;
    file->n_totals = json_array_size(list);
    if (!json_is_array(list) && hub_agg_param_decode(&param, file->agg_param) == HUB_OK)
        file->n_totals = param.n_prefixes;
    file->totals = HUB_ARENA_NEW(s->arena, uint64_t, file->n_totals + 1);
    if (file->totals == NULL)
        return hub_why(s->why, HUB_E_MEMORY, "out of memory");
    file->has_totals = true;
    for (size_t i = 0; json_is_array(list) && i < file->n_totals; i++)
        valid = valid && vector_json_u64(&file->totals[i], json_array_get(list, i)) == HUB_OK;
    for (size_t i = 0; !json_is_array(list) && i < json_array_size(sparse); i++) {
        const json_t *pair = json_array_get(sparse, i);
        uint64_t at;

        valid = valid && vector_json_u64(&at, json_array_get(pair, 0)) == HUB_OK &&
                at < file->n_totals &&
                vector_json_u64(&file->totals[at], json_array_get(pair, 1)) == HUB_OK;
    }
    return valid ? HUB_OK : hub_why(s->why, HUB_E_DECODE, "agg_result: not numbers below 2^64");
}

static hub_status read_head(struct poplar1_file *file, const struct source *s, const json_t *root)
{
    uint64_t bits;
    uint64_t shares;

    HUB_TRY(vector_json_member_u64(&bits, root, "bits", s->why));
    HUB_TRY(vector_json_member_u64(&shares, root, "shares", s->why));
    if (bits < 1 || bits > HUB_AGG_PARAM_BITS_MAX || shares != POPLAR1_N_SHARES)
        return hub_why(s->why, HUB_E_DECODE, "bits: not 1 to 65536, or shares: not 2");
    file->bits = (unsigned)bits;
    HUB_TRY(read_hex(&file->agg_param, s, root, "agg_param"));
    HUB_TRY(read_hex(&file->verify_key, s, root, "verify_key"));
    if (file->verify_key.len != HUB_VDAF_VERIFY_KEY_LEN)
        return hub_why(s->why, HUB_E_DECODE, "verify_key: not 32 bytes");
    HUB_TRY(read_hex(&file->ctx, s, root, "ctx"));
    file->has_num_accepted = json_object_get(root, "num_accepted") != NULL;
    if (file->has_num_accepted)
        HUB_TRY(vector_json_member_u64(&file->num_accepted, root, "num_accepted", s->why));
    return HUB_OK;
}

hub_status poplar1_file_read(struct poplar1_file *out, struct hub_arena *arena, const json_t *root,
                             struct hub_why *why)
{
    struct poplar1_file file = {0};
    struct source s = {.arena = arena, .why = why};
    const json_t *reports = json_object_get(root, "reports");

    HUB_TRY(read_head(&file, &s, root));
    file.n_reports = json_array_size(reports);
    file.reports = HUB_ARENA_NEW(arena, struct poplar1_report, file.n_reports + 1);
    if (file.reports == NULL)
        return hub_why(why, HUB_E_MEMORY, "out of memory");
    for (s.report = 0; s.report < file.n_reports; s.report++)
        HUB_TRY(
            read_report(&file.reports[s.report], file.bits, &s, json_array_get(reports, s.report)));
    HUB_TRY(read_messages(file.agg_shares, POPLAR1_N_SHARES, &s,
                          json_object_get(root, "agg_shares"), "agg_shares"));
    HUB_TRY(read_totals(&file, &s, root));
    HUB_TRY(read_operations(&file, root, why));
    *out = file;
    return HUB_OK;
}
