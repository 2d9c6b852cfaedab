/* The rules behind the grammar. Both aggregators run them on the text that they are given and
 * recompute every number from the others; the first rule that fails, in the order of the lines, is
 * the one that is named. */
#include "statement/calibration.h"
#include "statement/date.h"
#include "statement/grammar_internal.h"
#include "statement/text_internal.h"

#include "base/text.h"

#include <inttypes.h>

enum {
    DAY_S = 86400,
    MIN_BATCH_DEVICES = 100,
    MIN_BATCH_SERVICES = 3,
    LEDGER_KEY_TEXT = HUB_BASE64URL_LEN(HUB_LEDGER_KEY_LEN)
};

static bool is_sized(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

static const char *text_fault(const char *text)
{
    return is_sized(text, HUB_STATEMENT_TEXT_MAX + 1) ? hub_text_fault(hub_span_text(text))
                                                      : "the value is longer than 500 octets";
}

static const char *name_fault(const char *name)
{
    return is_sized(name, HUB_STATEMENT_NAME_MAX + 1) && hub_text_is_name(hub_span_text(name))
               ? NULL
               : "1 to 64 of a-z, 0-9 and '-' are wanted";
}

static const char *operator_fault(const struct hub_operator *o)
{
    const char *const fault = text_fault(o->name);

    if (fault != NULL)
        return fault;
    if (!is_sized(o->url, sizeof(o->url)) || !hub_text_is_url(hub_span_text(o->url)))
        return "the URL must begin with https:// or http:// and be plain ASCII without spaces";
    return strlen(o->name) + 1 + LEDGER_KEY_TEXT + 1 + strlen(o->url) <= HUB_STATEMENT_TEXT_MAX
               ? NULL
               : "the value is longer than 500 octets";
}

/* What the bytes say is for whoever opens them; here only that they can be such bytes. */
static const char *collector_fault(const struct hub_statement *s)
{
    const char *const config = s->collector_hpke_config;
    const char *const fault = text_fault(s->collector);
    HUB_CLEANUP(hub_buf_clear) struct hub_buf bytes = HUB_BUF_INIT(HUB_HPKE_CONFIG_MAX);

    if (fault != NULL)
        return fault;
    if (!is_sized(config, sizeof(s->collector_hpke_config)) ||
        hub_base64url_decode(&bytes, hub_span_text(config)) != HUB_OK ||
        bytes.len < HUB_HPKE_CONFIG_MIN)
        return "the last word is not an HpkeConfig in base64url";
    return strlen(s->collector) + 1 + strlen(config) <= HUB_STATEMENT_TEXT_MAX
               ? NULL
               : "the value is longer than 500 octets";
}

const char *hub_statement_value_fault(const struct hub_statement *s, enum hub_statement_key key)
{
    if (key == HUB_KEY_NAME)
        return name_fault(s->name);
    if (key == HUB_KEY_TITLE)
        return text_fault(s->title);
    if (key == HUB_KEY_PURPOSE)
        return text_fault(s->purpose);
    if (key == HUB_KEY_LEGAL_BASIS)
        return text_fault(s->legal_basis);
    if (key == HUB_KEY_OWNER)
        return text_fault(s->owner);
    if (key == HUB_KEY_LEADER)
        return operator_fault(&s->leader);
    if (key == HUB_KEY_HELPER)
        return operator_fault(&s->helper);
    if (key == HUB_KEY_COLLECTOR)
        return collector_fault(s);
    if (key == HUB_KEY_POPULATION)
        return name_fault(s->population);
    return NULL;
}

/* Where a check stands: the statement, and the line that a failure is held against. */
struct check {
    const struct hub_statement *s;
    enum hub_statement_key key;
    struct hub_why *why;
};

static hub_status check_values(struct check *c)
{
    for (c->key = HUB_KEY_NAME; c->key < HUB_KEY_UNIT; c->key++) {
        const char *const fault = hub_statement_value_fault(c->s, c->key);

        if (fault != NULL)
            return hub_why(c->why, HUB_E_REFUSED, "%s", fault);
    }
    return HUB_OK;
}

static hub_status check_word(struct check *c, enum hub_statement_key key, unsigned word, unsigned n)
{
    c->key = key;
    return word < n ? HUB_OK : hub_why(c->why, HUB_E_REFUSED, "no such word");
}

static hub_status check_words(struct check *c)
{
    const struct hub_statement *const s = c->s;

    HUB_TRY(check_word(c, HUB_KEY_UNIT, s->unit, HUB_N_UNITS));
    HUB_TRY(check_word(c, HUB_KEY_NOISE, s->noise, HUB_N_NOISE_BY));
    HUB_TRY(check_word(c, HUB_KEY_VDAF, s->vdaf.circuit, HUB_N_CIRCUITS));
    HUB_TRY(check_word(c, HUB_KEY_PROFILE, s->profile, HUB_N_PROFILES));
    return check_word(c, HUB_KEY_CLOCK, s->clock, HUB_N_CLOCKS);
}

static bool has_parameter(const struct hub_circuit_words *words, enum hub_parameter field)
{
    for (size_t i = 0; i < words->n_parameters; i++) {
        if (words->parameters[i] == field)
            return true;
    }
    return false;
}

static hub_status check_vdaf(struct check *c)
{
    const struct hub_statement_vdaf *const v = &c->s->vdaf;
    const struct hub_circuit_words *const words = &hub_circuit_words[v->circuit];

    c->key = HUB_KEY_VDAF;
    for (enum hub_parameter f = HUB_PARAMETER_LENGTH; f <= HUB_PARAMETER_CHUNK; f++) {
        if (has_parameter(words, f) != (hub_parameter_get(v, f) != 0))
            return hub_why(c->why, HUB_E_REFUSED, "%s of %s must %s 0", hub_parameter_name(f),
                           words->name, has_parameter(words, f) ? "not be" : "be");
    }
    if (v->circuit == HUB_CIRCUIT_MULTIHOT && v->max_weight > v->length)
        return hub_why(c->why, HUB_E_REFUSED, "max-weight %" PRIu32 " is more than the length",
                       v->max_weight);
    uint64_t delta2;

    return hub_sensitivity_report(&delta2, v, c->why);
}

static hub_status check_resident(struct check *c)
{
    const struct hub_statement *const s = c->s;
    const uint32_t n_cells = hub_statement_n_cells(s);

    if (s->unit == HUB_UNIT_DEVICE_DAY)
        return hub_why(c->why, HUB_E_REFUSED, "a task of unit device-day takes 'report'");
    if (s->vdaf.circuit != HUB_CIRCUIT_SUM && s->vdaf.circuit != HUB_CIRCUIT_SUMVEC)
        return hub_why(c->why, HUB_E_REFUSED,
                       "a resident's share is of tallies: prio3sum or prio3sumvec");
    if (s->resident_cells != n_cells)
        return hub_why(c->why, HUB_E_REFUSED, "cells=%" PRIu32 ", but the task has %" PRIu32,
                       s->resident_cells, n_cells);
    return HUB_OK;
}

static hub_status check_sensitivity(struct check *c)
{
    const struct hub_statement *const s = c->s;
    uint64_t delta2;

    c->key = HUB_KEY_SENSITIVITY;
    if (s->resident_c != 0) {
        HUB_TRY(check_resident(c));
        HUB_TRY(hub_sensitivity_resident(&delta2, s->resident_c, s->resident_cells, c->why));
    } else {
        HUB_TRY(hub_sensitivity_report(&delta2, &s->vdaf, c->why));
    }
    c->key = HUB_KEY_DELTA2;
    if (s->delta2 != delta2)
        return hub_why(c->why, HUB_E_REFUSED, "%" PRIu64 " is stated, %" PRIu64 " is right",
                       s->delta2, delta2);
    return HUB_OK;
}

/* Before sigma2, whose value they enter; named only if sigma2's own line is right. */
static hub_status check_windows(struct check *c)
{
    const struct hub_statement *const s = c->s;

    c->key = HUB_KEY_WINDOW_SECONDS;
    if (s->window_s == 0 || (DAY_S % s->window_s != 0 && s->window_s % DAY_S != 0) ||
        s->window_s > HUB_TASK_DAYS_MAX * (uint32_t)DAY_S)
        return hub_why(c->why, HUB_E_REFUSED,
                       "a window divides 86400 seconds or is 1 to 366 whole days");
    const uint32_t all = hub_windows_a_day(s->window_s);

    c->key = HUB_KEY_ACTIVE_WINDOWS;
    if (s->active_windows < 1 || s->active_windows > all)
        return hub_why(c->why, HUB_E_REFUSED,
                       "%" PRIu32 " is stated, 1 to the day's %" PRIu32 " would pass",
                       s->active_windows, all);
    if (s->unit != HUB_UNIT_DEVICE_DAY && s->active_windows != all)
        return hub_why(c->why, HUB_E_REFUSED,
                       "services remember nobody past a window, so all of the day's %" PRIu32
                       " are active",
                       all);
    return HUB_OK;
}

static hub_status check_noise(struct check *c)
{
    const struct hub_statement *const s = c->s;
    const uint32_t w = hub_charged_windows(s->unit, s->window_s, s->active_windows);
    uint64_t sigma2;
    uint64_t charge;

    c->key = HUB_KEY_SIGMA2;
    if (s->sigma2 == 0 || s->sigma2 > HUB_SIGMA2_MAX)
        return hub_why(c->why, HUB_E_REFUSED, "%" PRIu64 " is out of range", s->sigma2);
    if (hub_calibrate_sigma2(&sigma2, w, s->delta2, s->rho_day) != HUB_OK)
        return hub_why(c->why, HUB_E_REFUSED,
                       "rho-day %" PRIu64 " would need more noise than can be drawn", s->rho_day);
    if (s->sigma2 != sigma2)
        return hub_why(c->why, HUB_E_REFUSED,
                       "%" PRIu64 " is stated, %" PRIu64 " follows from w=%" PRIu32
                       ", delta2=%" PRIu64 " and rho-day=%" PRIu64,
                       s->sigma2, sigma2, w, s->delta2, s->rho_day);
    c->key = HUB_KEY_RHO_DAY;
    if (hub_charge(&charge, w, s->delta2, s->sigma2) != HUB_OK || charge != s->rho_day)
        return hub_why(c->why, HUB_E_REFUSED,
                       "%" PRIu64 " is stated, sigma2=%" PRIu64 " costs %" PRIu64, s->rho_day,
                       s->sigma2, charge);
    return HUB_OK;
}

static hub_status check_days(struct check *c)
{
    const struct hub_statement *const s = c->s;
    const uint32_t window_days = s->window_s > DAY_S ? s->window_s / DAY_S : 1;
    uint32_t day_max;

    HUB_TRY(hub_date_parse(&day_max, hub_span_text("9999-12-31")));
    c->key = HUB_KEY_FIRST_DAY;
    if (s->first_day > day_max || s->first_day % window_days != 0)
        return hub_why(c->why, HUB_E_REFUSED,
                       "not the first day of a window of %" PRIu32
                       " days since 1970-01-01; the next is %" PRIu32 " days later",
                       window_days, window_days - s->first_day % window_days);
    c->key = HUB_KEY_LAST_DAY;
    if (s->last_day > day_max || s->last_day < s->first_day)
        return hub_why(c->why, HUB_E_REFUSED, "the last day is before the first");
    const uint32_t n_days = s->last_day - s->first_day + 1;

    if (n_days > HUB_TASK_DAYS_MAX)
        return hub_why(c->why, HUB_E_REFUSED, "%" PRIu32 " days are stated, at most %d would pass",
                       n_days, (int)HUB_TASK_DAYS_MAX);
    if (n_days % window_days != 0)
        return hub_why(c->why, HUB_E_REFUSED,
                       "%" PRIu32 " days are not a whole number of windows of %" PRIu32 " days",
                       n_days, window_days);
    return HUB_OK;
}

static hub_status check_batch(struct check *c)
{
    const struct hub_statement *const s = c->s;
    const uint64_t floor = s->unit == HUB_UNIT_DEVICE_DAY ? MIN_BATCH_DEVICES : MIN_BATCH_SERVICES;

    c->key = HUB_KEY_MIN_BATCH;
    if (s->min_batch < floor)
        return hub_why(c->why, HUB_E_REFUSED,
                       "%" PRIu64 " is stated, at least %" PRIu64 " would pass", s->min_batch,
                       floor);
    c->key = HUB_KEY_N_MAX;
    if (s->n_max < s->min_batch)
        return hub_why(c->why, HUB_E_REFUSED, "%" PRIu64 " is less than min-batch", s->n_max);
    if (!hub_wrap_is_safe(&s->vdaf, s->n_max, s->sigma2))
        return hub_why(c->why, HUB_E_REFUSED,
                       "the field is too small: %" PRIu64
                       " reports and 32 sigma do not stay below a quarter of it",
                       s->n_max);
    return HUB_OK;
}

static hub_status check_times(struct check *c)
{
    const struct hub_statement *const s = c->s;

    c->key = HUB_KEY_GRACE_SECONDS;
    if (s->grace_s > HUB_TASK_DAYS_MAX * (uint32_t)DAY_S)
        return hub_why(c->why, HUB_E_REFUSED, "a grace of more than 366 days");
    c->key = HUB_KEY_RELEASE;
    if (s->release_minute < -1 || s->release_minute >= DAY_S / 60)
        return hub_why(c->why, HUB_E_REFUSED, "no minute of the day");
    return HUB_OK;
}

static hub_status check_all(struct check *c)
{
    HUB_TRY(check_values(c));
    HUB_TRY(check_words(c));
    HUB_TRY(check_vdaf(c));
    HUB_TRY(check_sensitivity(c));
    HUB_TRY(check_windows(c));
    HUB_TRY(check_noise(c));
    HUB_TRY(check_times(c));
    HUB_TRY(check_days(c));
    return check_batch(c);
}

hub_status hub_statement_check(const struct hub_statement *s, enum hub_statement_key *key,
                               struct hub_why *why)
{
    struct check c = {s, HUB_KEY_STATEMENT, why};
    const hub_status status = check_all(&c);

    if (status != HUB_OK && key != NULL)
        *key = c.key;
    return status;
}
