/* The words of the grammar in tables. */
#include "statement/grammar_internal.h"

#include <assert.h>

static const char *const keys[HUB_N_STATEMENT_KEYS] = {
    [HUB_KEY_STATEMENT] = "hubbub-statement",
    [HUB_KEY_NAME] = "name",
    [HUB_KEY_TITLE] = "title",
    [HUB_KEY_PURPOSE] = "purpose",
    [HUB_KEY_LEGAL_BASIS] = "legal-basis",
    [HUB_KEY_OWNER] = "owner",
    [HUB_KEY_LEADER] = "leader",
    [HUB_KEY_HELPER] = "helper",
    [HUB_KEY_COLLECTOR] = "collector",
    [HUB_KEY_POPULATION] = "population",
    [HUB_KEY_UNIT] = "unit",
    [HUB_KEY_ADJACENCY] = "adjacency",
    [HUB_KEY_MECHANISM] = "mechanism",
    [HUB_KEY_NOISE] = "noise",
    [HUB_KEY_VDAF] = "vdaf",
    [HUB_KEY_LABELS] = "labels",
    [HUB_KEY_SENSITIVITY] = "sensitivity",
    [HUB_KEY_DELTA2] = "delta2",
    [HUB_KEY_SIGMA2] = "sigma2",
    [HUB_KEY_WINDOW_SECONDS] = "window-seconds",
    [HUB_KEY_ACTIVE_WINDOWS] = "active-windows",
    [HUB_KEY_GRACE_SECONDS] = "grace-seconds",
    [HUB_KEY_RELEASE] = "release",
    [HUB_KEY_RHO_DAY] = "rho-day",
    [HUB_KEY_LOG10_DELTA] = "log10-delta",
    [HUB_KEY_FIRST_DAY] = "first-day",
    [HUB_KEY_LAST_DAY] = "last-day",
    [HUB_KEY_MIN_BATCH] = "min-batch",
    [HUB_KEY_N_MAX] = "n-max",
    [HUB_KEY_PROFILE] = "profile",
    [HUB_KEY_CLOCK] = "clock",
};

const char *const hub_unit_words[HUB_N_UNITS] = {"device-day", "resident-day", "visit"};
const char *const hub_noise_by_words[HUB_N_NOISE_BY] = {"both", "leader", "helper"};
const char *const hub_profile_words[HUB_N_PROFILES] = {"strict", "standard", "wide"};
const char *const hub_clock_words[HUB_N_CLOCKS] = {"real", "demo"};

const struct hub_circuit_words hub_circuit_words[HUB_N_CIRCUITS] = {
    [HUB_CIRCUIT_COUNT] = {"prio3count", 0, {HUB_PARAMETER_LENGTH}},
    [HUB_CIRCUIT_SUM] = {"prio3sum", 1, {HUB_PARAMETER_MAX}},
    [HUB_CIRCUIT_SUMVEC] = {"prio3sumvec",
                            3,
                            {HUB_PARAMETER_LENGTH, HUB_PARAMETER_MAX, HUB_PARAMETER_CHUNK}},
    [HUB_CIRCUIT_HISTOGRAM] = {"prio3histogram", 2, {HUB_PARAMETER_LENGTH, HUB_PARAMETER_CHUNK}},
    [HUB_CIRCUIT_MULTIHOT] =
        {"prio3multihot", 3, {HUB_PARAMETER_LENGTH, HUB_PARAMETER_MAX_WEIGHT, HUB_PARAMETER_CHUNK}},
};

const char *hub_statement_key_name(enum hub_statement_key key)
{
    return (unsigned)key < HUB_N_STATEMENT_KEYS ? keys[key] : "?";
}

const char *hub_unit_name(enum hub_privacy_unit unit)
{
    return (unsigned)unit < HUB_N_UNITS ? hub_unit_words[unit] : "?";
}

const char *hub_circuit_name(enum hub_circuit circuit)
{
    return (unsigned)circuit < HUB_N_CIRCUITS ? hub_circuit_words[circuit].name : "?";
}

const char *hub_profile_name(enum hub_profile profile)
{
    return (unsigned)profile < HUB_N_PROFILES ? hub_profile_words[profile] : "?";
}

const char *hub_noise_by_name(enum hub_noise_by noise)
{
    return (unsigned)noise < HUB_N_NOISE_BY ? hub_noise_by_words[noise] : "?";
}

const char *hub_parameter_name(enum hub_parameter field)
{
    static const char *const names[] = {
        [HUB_PARAMETER_LENGTH] = "length",
        [HUB_PARAMETER_MAX] = "max",
        [HUB_PARAMETER_MAX_WEIGHT] = "max-weight",
        [HUB_PARAMETER_CHUNK] = "chunk",
    };

    return names[field];
}

uint64_t hub_parameter_max(enum hub_parameter field)
{
    return field == HUB_PARAMETER_MAX ? UINT64_MAX : UINT32_MAX;
}

uint64_t hub_parameter_get(const struct hub_statement_vdaf *v, enum hub_parameter field)
{
    switch (field) {
    case HUB_PARAMETER_LENGTH:
        return v->length;
    case HUB_PARAMETER_MAX:
        return v->max;
    case HUB_PARAMETER_MAX_WEIGHT:
        return v->max_weight;
    case HUB_PARAMETER_CHUNK:
        return v->chunk;
    }
    return 0;
}

void hub_parameter_set(struct hub_statement_vdaf *v, enum hub_parameter field, uint64_t value)
{
    assert(value <= hub_parameter_max(field));
    switch (field) {
    case HUB_PARAMETER_LENGTH:
        v->length = (uint32_t)value;
        break;
    case HUB_PARAMETER_MAX:
        v->max = value;
        break;
    case HUB_PARAMETER_MAX_WEIGHT:
        v->max_weight = (uint32_t)value;
        break;
    case HUB_PARAMETER_CHUNK:
        v->chunk = (uint32_t)value;
        break;
    }
}
