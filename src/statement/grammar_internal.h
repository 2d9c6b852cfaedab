/* The words of the grammar, shared by reading and writing. */
#ifndef STATEMENT_GRAMMAR_INTERNAL_H
#define STATEMENT_GRAMMAR_INTERNAL_H

#include "statement/statement.h"

enum { HUB_PARAMETERS_MAX = 3, HUB_HPKE_CONFIG_MIN = 10, HUB_HPKE_CONFIG_MAX = 360 };

/* A parameter of a circuit: its word and where it stands in struct hub_statement_vdaf. */
enum hub_parameter {
    HUB_PARAMETER_LENGTH,
    HUB_PARAMETER_MAX,
    HUB_PARAMETER_MAX_WEIGHT,
    HUB_PARAMETER_CHUNK
};

struct hub_circuit_words {
    const char *name;
    size_t n_parameters;
    enum hub_parameter parameters[HUB_PARAMETERS_MAX]; /* in the order of the text */
};

extern const struct hub_circuit_words hub_circuit_words[HUB_N_CIRCUITS];
const char *hub_parameter_name(enum hub_parameter field);
uint64_t hub_parameter_get(const struct hub_statement_vdaf *v, enum hub_parameter field);
uint64_t hub_parameter_max(enum hub_parameter field);
void hub_parameter_set(struct hub_statement_vdaf *v, enum hub_parameter field, uint64_t value);

extern const char *const hub_unit_words[HUB_N_UNITS];
extern const char *const hub_noise_by_words[HUB_N_NOISE_BY];
extern const char *const hub_profile_words[HUB_N_PROFILES];
extern const char *const hub_clock_words[HUB_N_CLOCKS];

/* Texts, names, keys and URLs: what their own line allows. NULL, or what is wrong. */
const char *hub_statement_value_fault(const struct hub_statement *s, enum hub_statement_key key);

#endif
