/* The canonical text of a statement, its hash, and the task_info that carries it. */
#include "statement/date.h"
#include "statement/grammar_internal.h"

#include "base/text.h"
#include "base/writer.h"
#include "crypto/hash.h"

#include <inttypes.h>
#include <stdio.h>

static const char info_prefix[] = "hubbub-dp1:";

static void put(struct hub_writer *w, const char *text)
{
    hub_write_span(w, hub_span_text(text));
}

static void put_number(struct hub_writer *w, uint64_t number)
{
    char digits[24];

    (void)snprintf(digits, sizeof(digits), "%" PRIu64, number);
    put(w, digits);
}

static void put_32_bytes(struct hub_writer *w, const uint8_t bytes[32])
{
    char text[HUB_BASE64URL_LEN(32) + 1];

    hub_base64url_encode(text, hub_span_of(bytes, 32));
    put(w, text);
}

static void put_operator(struct hub_writer *w, const struct hub_operator *o)
{
    put(w, o->name);
    put(w, " ");
    put_32_bytes(w, o->ledger_key);
    put(w, " ");
    put(w, o->url);
}

static void put_vdaf(struct hub_writer *w, const struct hub_statement_vdaf *v)
{
    const struct hub_circuit_words *const c = &hub_circuit_words[v->circuit];

    put(w, c->name);
    for (size_t i = 0; i < c->n_parameters; i++) {
        put(w, " ");
        put(w, hub_parameter_name(c->parameters[i]));
        put(w, "=");
        put_number(w, hub_parameter_get(v, c->parameters[i]));
    }
}

static void put_sensitivity(struct hub_writer *w, const struct hub_statement *s)
{
    if (s->resident_c == 0) {
        put(w, "report");
        return;
    }
    put(w, "resident c=");
    put_number(w, s->resident_c);
    put(w, " cells=");
    put_number(w, s->resident_cells);
}

static void put_release(struct hub_writer *w, int32_t minute)
{
    char text[16];

    if (minute < 0) {
        put(w, "grace");
        return;
    }
    (void)snprintf(text, sizeof(text), "%02d:%02d", (int)(minute / 60), (int)(minute % 60));
    put(w, text);
}

static void put_date(struct hub_writer *w, uint32_t day)
{
    char text[HUB_DATE_LEN + 1];

    hub_date_format(text, day);
    put(w, text);
}

static void put_value(struct hub_writer *w, const struct hub_statement *s,
                      enum hub_statement_key key)
{
    switch (key) {
    case HUB_KEY_STATEMENT:
        put(w, "1");
        break;
    case HUB_KEY_NAME:
        put(w, s->name);
        break;
    case HUB_KEY_TITLE:
        put(w, s->title);
        break;
    case HUB_KEY_PURPOSE:
        put(w, s->purpose);
        break;
    case HUB_KEY_LEGAL_BASIS:
        put(w, s->legal_basis);
        break;
    case HUB_KEY_OWNER:
        put(w, s->owner);
        break;
    case HUB_KEY_LEADER:
        put_operator(w, &s->leader);
        break;
    case HUB_KEY_HELPER:
        put_operator(w, &s->helper);
        break;
    case HUB_KEY_COLLECTOR:
        put(w, s->collector);
        put(w, " ");
        put(w, s->collector_hpke_config);
        break;
    case HUB_KEY_POPULATION:
        put(w, s->population);
        break;
    case HUB_KEY_UNIT:
        put(w, hub_unit_words[s->unit]);
        break;
    case HUB_KEY_ADJACENCY:
        put(w, "substitution");
        break;
    case HUB_KEY_MECHANISM:
        put(w, "discrete-gaussian");
        break;
    case HUB_KEY_NOISE:
        put(w, hub_noise_by_words[s->noise]);
        break;
    case HUB_KEY_VDAF:
        put_vdaf(w, &s->vdaf);
        break;
    case HUB_KEY_LABELS:
        if (s->has_labels)
            put_32_bytes(w, s->labels);
        else
            put(w, "none");
        break;
    case HUB_KEY_SENSITIVITY:
        put_sensitivity(w, s);
        break;
    case HUB_KEY_DELTA2:
        put_number(w, s->delta2);
        break;
    case HUB_KEY_SIGMA2:
        put_number(w, s->sigma2);
        break;
    case HUB_KEY_WINDOW_SECONDS:
        put_number(w, s->window_s);
        break;
    case HUB_KEY_ACTIVE_WINDOWS:
        put_number(w, s->active_windows);
        break;
    case HUB_KEY_GRACE_SECONDS:
        put_number(w, s->grace_s);
        break;
    case HUB_KEY_RELEASE:
        put_release(w, s->release_minute);
        break;
    case HUB_KEY_RHO_DAY:
        put_number(w, s->rho_day);
        break;
    case HUB_KEY_LOG10_DELTA:
        put(w, "-9");
        break;
    case HUB_KEY_FIRST_DAY:
        put_date(w, s->first_day);
        break;
    case HUB_KEY_LAST_DAY:
        put_date(w, s->last_day);
        break;
    case HUB_KEY_MIN_BATCH:
        put_number(w, s->min_batch);
        break;
    case HUB_KEY_N_MAX:
        put_number(w, s->n_max);
        break;
    case HUB_KEY_PROFILE:
        put(w, hub_profile_words[s->profile]);
        break;
    case HUB_KEY_CLOCK:
        put(w, hub_clock_words[s->clock]);
        break;
    case HUB_N_STATEMENT_KEYS:
        break;
    }
}

hub_status hub_statement_write(struct hub_buf *out, const struct hub_statement *s,
                               struct hub_why *why)
{
    const size_t len_before = out->len;
    struct hub_writer w = hub_writer(out);
    struct hub_why what = {""};
    enum hub_statement_key key = HUB_KEY_STATEMENT;
    const hub_status checked = hub_statement_check(s, &key, &what);

    if (checked != HUB_OK)
        return hub_why(why, checked, "%s: %.240s", hub_statement_key_name(key), what.text);
    for (key = 0; key < HUB_N_STATEMENT_KEYS; key++) {
        put(&w, hub_statement_key_name(key));
        put(&w, ": ");
        put_value(&w, s, key);
        put(&w, "\n");
    }
    const hub_status written = hub_writer_finish(&w);

    if (written != HUB_OK)
        out->len = len_before;
    return written;
}

hub_status hub_statement_hash(uint8_t out[HUB_STATEMENT_HASH_LEN], hub_span text)
{
    return hub_sha256(out, text);
}

hub_status hub_statement_task_info(uint8_t out[HUB_TASK_INFO_LEN], hub_span text)
{
    uint8_t hash[HUB_STATEMENT_HASH_LEN];

    HUB_TRY(hub_statement_hash(hash, text));
    memcpy(out, info_prefix, sizeof(info_prefix) - 1);
    memcpy(out + sizeof(info_prefix) - 1, hash, sizeof(hash));
    return HUB_OK;
}

bool hub_statement_is_task_info(hub_span task_info, const uint8_t hash[HUB_STATEMENT_HASH_LEN])
{
    const size_t prefix_len = sizeof(info_prefix) - 1;

    return task_info.len == HUB_TASK_INFO_LEN &&
           memcmp(task_info.ptr, info_prefix, prefix_len) == 0 &&
           memcmp(task_info.ptr + prefix_len, hash, HUB_STATEMENT_HASH_LEN) == 0;
}
