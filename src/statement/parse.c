/* A statement from its text. Each line is read strictly: what is accepted here is what write.c
 * writes, so a statement has one text and one hash. */
#include "statement/date.h"
#include "statement/grammar_internal.h"
#include "statement/text_internal.h"

#include "base/text.h"

#include <stdio.h>

typedef hub_status (*parse_value)(struct hub_statement *s, hub_span value, struct hub_why *why);

/* Values are checked before: at most 500 octets. */
static void copy(char *out, hub_span value)
{
    memcpy(out, value.ptr, value.len);
    out[value.len] = '\0';
}

static bool is_word(hub_span value, const char *word)
{
    return hub_span_equal_var(value, hub_span_text(word));
}

static hub_status parse_fixed(hub_span value, const char *word, struct hub_why *why)
{
    return is_word(value, word) ? HUB_OK
                                : hub_why(why, HUB_E_DECODE, "the only value is '%s'", word);
}

/* The index of value among n words. */
static hub_status parse_word(unsigned *out, hub_span value, const char *const *words, unsigned n,
                             struct hub_why *why)
{
    for (unsigned i = 0; i < n; i++) {
        if (is_word(value, words[i])) {
            *out = i;
            return HUB_OK;
        }
    }
    if (n == 2)
        return hub_why(why, HUB_E_DECODE, "'%s' or '%s' is wanted", words[0], words[1]);
    return hub_why(why, HUB_E_DECODE, "'%s', '%s' or '%s' is wanted", words[0], words[1], words[2]);
}

static hub_status parse_number(uint64_t *out, hub_span value, uint64_t min, uint64_t max,
                               struct hub_why *why)
{
    if (hub_u64_parse(out, value, min, max) != HUB_OK)
        return hub_why(why, HUB_E_DECODE,
                       "a decimal number from %llu to %llu without leading zeros is wanted",
                       (unsigned long long)min, (unsigned long long)max);
    return HUB_OK;
}

static hub_status parse_u32(uint32_t *out, hub_span value, uint32_t min, struct hub_why *why)
{
    uint64_t number = 0;

    HUB_TRY(parse_number(&number, value, min, UINT32_MAX, why));
    *out = (uint32_t)number;
    return HUB_OK;
}

/* Takes what stands behind the last space off the end. False without a space. */
static bool split_last(hub_span *front, hub_span *last)
{
    for (size_t i = front->len; i > 0; i--) {
        if (front->ptr[i - 1] == ' ') {
            *last = hub_span_slice(*front, i, front->len - i);
            front->len = i - 1;
            return true;
        }
    }
    return false;
}

/* Takes what stands before the first space off the front; all of it without one. */
static hub_span take_first(hub_span *rest)
{
    size_t len = 0;

    while (len < rest->len && rest->ptr[len] != ' ')
        len++;
    const hub_span first = hub_span_slice(*rest, 0, len);
    const size_t used = len < rest->len ? len + 1 : len;

    *rest = hub_span_slice(*rest, used, rest->len - used);
    return first;
}

/* "word=number". */
static hub_status parse_parameter(uint64_t *out, hub_span text, const char *word, uint64_t max,
                                  struct hub_why *why)
{
    const size_t len = strlen(word);

    if (text.len <= len || memcmp(text.ptr, word, len) != 0 || text.ptr[len] != '=')
        return hub_why(why, HUB_E_DECODE, "'%s=' is missing, or not at its place", word);
    return parse_number(out, hub_span_slice(text, len + 1, text.len - len - 1), 1, max, why);
}

static hub_status parse_statement(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    (void)s;
    return parse_fixed(value, "1", why);
}

static hub_status parse_id(char *out, hub_span value, struct hub_why *why)
{
    if (!hub_text_is_name(value))
        return hub_why(why, HUB_E_DECODE, "1 to 64 of a-z, 0-9 and '-' are wanted");
    copy(out, value);
    return HUB_OK;
}

static hub_status parse_name(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_id(s->name, value, why);
}

static hub_status parse_title(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    (void)why;
    copy(s->title, value);
    return HUB_OK;
}

static hub_status parse_purpose(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    (void)why;
    copy(s->purpose, value);
    return HUB_OK;
}

static hub_status parse_legal_basis(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    (void)why;
    copy(s->legal_basis, value);
    return HUB_OK;
}

static hub_status parse_owner(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    (void)why;
    copy(s->owner, value);
    return HUB_OK;
}

static hub_status parse_operator(struct hub_operator *out, hub_span value, struct hub_why *why)
{
    hub_span key;
    hub_span url;

    if (!split_last(&value, &url) || !split_last(&value, &key))
        return hub_why(why, HUB_E_DECODE, "a name, the ledger key and the URL are wanted");
    if (hub_base64url_decode_exact(out->ledger_key, sizeof(out->ledger_key), key) != HUB_OK)
        return hub_why(why, HUB_E_DECODE,
                       "the ledger key before the URL is not 32 bytes in base64url");
    copy(out->url, url);
    copy(out->name, value);
    return HUB_OK;
}

static hub_status parse_leader(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_operator(&s->leader, value, why);
}

static hub_status parse_helper(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_operator(&s->helper, value, why);
}

static hub_status parse_collector(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    hub_span config;

    if (!split_last(&value, &config))
        return hub_why(why, HUB_E_DECODE, "a name and the HpkeConfig are wanted");
    copy(s->collector_hpke_config, config);
    copy(s->collector, value);
    return HUB_OK;
}

static hub_status parse_population(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_id(s->population, value, why);
}

static hub_status parse_unit(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    unsigned word = 0;

    HUB_TRY(parse_word(&word, value, hub_unit_words, HUB_N_UNITS, why));
    s->unit = (enum hub_privacy_unit)word;
    return HUB_OK;
}

static hub_status parse_adjacency(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    (void)s;
    return parse_fixed(value, "substitution", why);
}

static hub_status parse_mechanism(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    (void)s;
    return parse_fixed(value, "discrete-gaussian", why);
}

static hub_status parse_noise(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    unsigned word = 0;

    HUB_TRY(parse_word(&word, value, hub_noise_by_words, HUB_N_NOISE_BY, why));
    s->noise = (enum hub_noise_by)word;
    return HUB_OK;
}

static hub_status parse_parameters(struct hub_statement_vdaf *v, const struct hub_circuit_words *c,
                                   hub_span rest, struct hub_why *why)
{
    for (size_t i = 0; i < c->n_parameters; i++) {
        const enum hub_parameter field = c->parameters[i];
        uint64_t number = 0;

        HUB_TRY(parse_parameter(&number, take_first(&rest), hub_parameter_name(field),
                                hub_parameter_max(field), why));
        hub_parameter_set(v, field, number);
    }
    return rest.len == 0 ? HUB_OK
                         : hub_why(why, HUB_E_DECODE, "more parameters than %s has", c->name);
}

static hub_status parse_vdaf(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    hub_span rest = value;
    const hub_span name = take_first(&rest);

    for (unsigned i = 0; i < HUB_N_CIRCUITS; i++) {
        if (is_word(name, hub_circuit_words[i].name)) {
            s->vdaf.circuit = (enum hub_circuit)i;
            return parse_parameters(&s->vdaf, &hub_circuit_words[i], rest, why);
        }
    }
    return hub_why(why, HUB_E_DECODE,
                   "prio3count, prio3sum, prio3sumvec, prio3histogram or prio3multihot is wanted");
}

static hub_status parse_labels(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    if (is_word(value, "none"))
        return HUB_OK;
    if (hub_base64url_decode_exact(s->labels, sizeof(s->labels), value) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "'none' or a SHA-256 in base64url is wanted");
    s->has_labels = true;
    return HUB_OK;
}

static hub_status parse_sensitivity(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    hub_span rest = value;
    uint64_t cells = 0;

    if (is_word(value, "report"))
        return HUB_OK;
    if (!is_word(take_first(&rest), "resident"))
        return hub_why(why, HUB_E_DECODE, "'report' or 'resident c= cells=' is wanted");
    HUB_TRY(parse_parameter(&s->resident_c, take_first(&rest), "c", UINT64_MAX, why));
    HUB_TRY(parse_parameter(&cells, take_first(&rest), "cells", UINT32_MAX, why));
    s->resident_cells = (uint32_t)cells;
    return rest.len == 0 ? HUB_OK : hub_why(why, HUB_E_DECODE, "nothing may follow 'cells='");
}

static hub_status parse_delta2(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_number(&s->delta2, value, 1, UINT64_MAX, why);
}

static hub_status parse_sigma2(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_number(&s->sigma2, value, 1, UINT64_MAX, why);
}

static hub_status parse_window(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_u32(&s->window_s, value, 1, why);
}

static hub_status parse_active(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_u32(&s->active_windows, value, 1, why);
}

static hub_status parse_grace(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_u32(&s->grace_s, value, 0, why);
}

static hub_status parse_two_digits(uint32_t *out, hub_span digits, uint32_t limit)
{
    const uint32_t tens = (uint32_t)digits.ptr[0] - '0';
    const uint32_t units = (uint32_t)digits.ptr[1] - '0';

    if (tens > 9 || units > 9 || 10 * tens + units >= limit)
        return HUB_E_DECODE;
    *out = 10 * tens + units;
    return HUB_OK;
}

static hub_status parse_release(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    uint32_t hour;
    uint32_t minute;

    s->release_minute = -1;
    if (is_word(value, "grace"))
        return HUB_OK;
    if (value.len != 5 || value.ptr[2] != ':' ||
        parse_two_digits(&hour, hub_span_slice(value, 0, 2), 24) != HUB_OK ||
        parse_two_digits(&minute, hub_span_slice(value, 3, 2), 60) != HUB_OK)
        return hub_why(why, HUB_E_DECODE, "'grace' or HH:MM (UTC) is wanted");
    s->release_minute = (int32_t)(60 * hour + minute);
    return HUB_OK;
}

static hub_status parse_rho_day(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_number(&s->rho_day, value, 1, UINT64_MAX, why);
}

static hub_status parse_log10_delta(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    (void)s;
    return parse_fixed(value, "-9", why);
}

static hub_status parse_day(uint32_t *out, hub_span value, struct hub_why *why)
{
    return hub_date_parse(out, value) == HUB_OK
               ? HUB_OK
               : hub_why(why, HUB_E_DECODE, "a date YYYY-MM-DD from 1970 on is wanted");
}

static hub_status parse_first_day(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_day(&s->first_day, value, why);
}

static hub_status parse_last_day(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_day(&s->last_day, value, why);
}

static hub_status parse_min_batch(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_number(&s->min_batch, value, 1, UINT64_MAX, why);
}

static hub_status parse_n_max(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    return parse_number(&s->n_max, value, 1, UINT64_MAX, why);
}

static hub_status parse_profile(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    unsigned word = 0;

    HUB_TRY(parse_word(&word, value, hub_profile_words, HUB_N_PROFILES, why));
    s->profile = (enum hub_profile)word;
    return HUB_OK;
}

static hub_status parse_clock(struct hub_statement *s, hub_span value, struct hub_why *why)
{
    unsigned word = 0;

    HUB_TRY(parse_word(&word, value, hub_clock_words, HUB_N_CLOCKS, why));
    s->clock = (enum hub_statement_clock)word;
    return HUB_OK;
}

static const parse_value parsers[HUB_N_STATEMENT_KEYS] = {
    [HUB_KEY_STATEMENT] = parse_statement,
    [HUB_KEY_NAME] = parse_name,
    [HUB_KEY_TITLE] = parse_title,
    [HUB_KEY_PURPOSE] = parse_purpose,
    [HUB_KEY_LEGAL_BASIS] = parse_legal_basis,
    [HUB_KEY_OWNER] = parse_owner,
    [HUB_KEY_LEADER] = parse_leader,
    [HUB_KEY_HELPER] = parse_helper,
    [HUB_KEY_COLLECTOR] = parse_collector,
    [HUB_KEY_POPULATION] = parse_population,
    [HUB_KEY_UNIT] = parse_unit,
    [HUB_KEY_ADJACENCY] = parse_adjacency,
    [HUB_KEY_MECHANISM] = parse_mechanism,
    [HUB_KEY_NOISE] = parse_noise,
    [HUB_KEY_VDAF] = parse_vdaf,
    [HUB_KEY_LABELS] = parse_labels,
    [HUB_KEY_SENSITIVITY] = parse_sensitivity,
    [HUB_KEY_DELTA2] = parse_delta2,
    [HUB_KEY_SIGMA2] = parse_sigma2,
    [HUB_KEY_WINDOW_SECONDS] = parse_window,
    [HUB_KEY_ACTIVE_WINDOWS] = parse_active,
    [HUB_KEY_GRACE_SECONDS] = parse_grace,
    [HUB_KEY_RELEASE] = parse_release,
    [HUB_KEY_RHO_DAY] = parse_rho_day,
    [HUB_KEY_LOG10_DELTA] = parse_log10_delta,
    [HUB_KEY_FIRST_DAY] = parse_first_day,
    [HUB_KEY_LAST_DAY] = parse_last_day,
    [HUB_KEY_MIN_BATCH] = parse_min_batch,
    [HUB_KEY_N_MAX] = parse_n_max,
    [HUB_KEY_PROFILE] = parse_profile,
    [HUB_KEY_CLOCK] = parse_clock,
};

/* The value of the line for key; text moves behind the line. */
static hub_status take_value(hub_span *value, hub_span *text, enum hub_statement_key key,
                             struct hub_why *why)
{
    const char *const name = hub_statement_key_name(key);
    const size_t name_len = strlen(name);
    const uint8_t *const lf = text->len == 0 ? NULL : memchr(text->ptr, '\n', text->len);

    if (text->len == 0)
        return hub_why(why, HUB_E_DECODE, "the text ends where '%s' must stand", name);
    if (lf == NULL)
        return hub_why(why, HUB_E_DECODE, "the line does not end with a line feed");
    const hub_span line = hub_span_slice(*text, 0, (size_t)(lf - text->ptr));

    if (line.len < name_len + 1 || memcmp(line.ptr, name, name_len) != 0 ||
        line.ptr[name_len] != ':')
        return hub_why(why, HUB_E_DECODE, "'%s:' must stand here", name);
    if (line.len == name_len + 1 || line.ptr[name_len + 1] != ' ')
        return hub_why(why, HUB_E_DECODE, "one space and a value must follow '%s:'", name);
    *value = hub_span_slice(line, name_len + 2, line.len - name_len - 2);
    *text = hub_span_slice(*text, line.len + 1, text->len - line.len - 1);
    return HUB_OK;
}

static hub_status parse_line(struct hub_statement *s, hub_span *text, enum hub_statement_key key,
                             struct hub_why *why)
{
    hub_span value = HUB_SPAN_EMPTY;

    HUB_TRY(take_value(&value, text, key, why));
    const char *fault = hub_text_fault(value);

    if (fault != NULL)
        return hub_why(why, HUB_E_DECODE, "%s", fault);
    HUB_TRY(parsers[key](s, value, why));
    fault = hub_statement_value_fault(s, key);
    return fault == NULL ? HUB_OK : hub_why(why, HUB_E_DECODE, "%s", fault);
}

static hub_status at_line(struct hub_why *why, hub_status status, enum hub_statement_key key,
                          const struct hub_why *what)
{
    return hub_why(why, status, "line %u (%s): %.240s", (unsigned)key + 1,
                   hub_statement_key_name(key), what->text);
}

hub_status hub_statement_parse(struct hub_statement *out, hub_span text, struct hub_why *why)
{
    struct hub_statement s = {.release_minute = -1};
    struct hub_why what = {""};
    enum hub_statement_key key;

    if (text.len > HUB_STATEMENT_BYTES_MAX)
        return hub_why(why, HUB_E_DECODE, "more than %d bytes are no privacy statement",
                       (int)HUB_STATEMENT_BYTES_MAX);
    for (key = 0; key < HUB_N_STATEMENT_KEYS; key++) {
        const hub_status status = parse_line(&s, &text, key, &what);

        if (status != HUB_OK)
            return at_line(why, status, key, &what);
    }
    if (text.len != 0)
        return hub_why(why, HUB_E_DECODE, "line %d: nothing may follow 'clock'",
                       HUB_N_STATEMENT_KEYS + 1);
    const hub_status status = hub_statement_check(&s, &key, &what);

    if (status != HUB_OK)
        return at_line(why, status, key, &what);
    *out = s;
    return HUB_OK;
}
