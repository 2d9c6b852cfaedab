/* The privacy statement of a task: a canonical text that says what is counted, for whom, with how
 * much noise and at what cost. Its SHA-256 goes into DAP's task_info, so a report made under one
 * statement cannot be opened under another. One text a statement: parse refuses whatever write
 * would not have written, with the number of the line. */
#ifndef STATEMENT_STATEMENT_H
#define STATEMENT_STATEMENT_H

#include "base/bytes.h"

enum {
    HUB_STATEMENT_TEXT_MAX = 500, /* octets of a text value */
    HUB_STATEMENT_NAME_MAX = 64,
    HUB_STATEMENT_BYTES_MAX = 16384, /* more is no statement */
    HUB_STATEMENT_HASH_LEN = 32,
    HUB_LEDGER_KEY_LEN = 32,
    HUB_TASK_INFO_LEN = 43, /* "hubbub-dp1:" and the hash */
    HUB_TASK_DAYS_MAX = 366
};

/* The keys in their order; a key's line is its value plus one. */
enum hub_statement_key {
    HUB_KEY_STATEMENT,
    HUB_KEY_NAME,
    HUB_KEY_TITLE,
    HUB_KEY_PURPOSE,
    HUB_KEY_LEGAL_BASIS,
    HUB_KEY_OWNER,
    HUB_KEY_LEADER,
    HUB_KEY_HELPER,
    HUB_KEY_COLLECTOR,
    HUB_KEY_POPULATION,
    HUB_KEY_UNIT,
    HUB_KEY_ADJACENCY,
    HUB_KEY_MECHANISM,
    HUB_KEY_NOISE,
    HUB_KEY_VDAF,
    HUB_KEY_LABELS,
    HUB_KEY_SENSITIVITY,
    HUB_KEY_DELTA2,
    HUB_KEY_SIGMA2,
    HUB_KEY_WINDOW_SECONDS,
    HUB_KEY_ACTIVE_WINDOWS,
    HUB_KEY_GRACE_SECONDS,
    HUB_KEY_RELEASE,
    HUB_KEY_RHO_DAY,
    HUB_KEY_LOG10_DELTA,
    HUB_KEY_FIRST_DAY,
    HUB_KEY_LAST_DAY,
    HUB_KEY_MIN_BATCH,
    HUB_KEY_N_MAX,
    HUB_KEY_PROFILE,
    HUB_KEY_CLOCK,
    HUB_N_STATEMENT_KEYS
};

enum hub_privacy_unit { HUB_UNIT_DEVICE_DAY, HUB_UNIT_RESIDENT_DAY, HUB_UNIT_VISIT, HUB_N_UNITS };
/* Which aggregators add the full noise. */
enum hub_noise_by { HUB_NOISE_BOTH, HUB_NOISE_LEADER, HUB_NOISE_HELPER, HUB_N_NOISE_BY };
enum hub_circuit {
    HUB_CIRCUIT_COUNT,
    HUB_CIRCUIT_SUM,
    HUB_CIRCUIT_SUMVEC,
    HUB_CIRCUIT_HISTOGRAM,
    HUB_CIRCUIT_MULTIHOT,
    HUB_N_CIRCUITS
};
enum hub_profile { HUB_PROFILE_STRICT, HUB_PROFILE_STANDARD, HUB_PROFILE_WIDE, HUB_N_PROFILES };
enum hub_statement_clock { HUB_STATEMENT_CLOCK_REAL, HUB_STATEMENT_CLOCK_DEMO, HUB_N_CLOCKS };

/* Parameters that a circuit does not have are 0. */
struct hub_statement_vdaf {
    enum hub_circuit circuit;
    uint32_t length;
    uint32_t chunk;
    uint64_t max;        /* Sum, SumVec */
    uint32_t max_weight; /* Multihot */
};

struct hub_operator {
    char name[HUB_STATEMENT_TEXT_MAX + 1];
    uint8_t ledger_key[HUB_LEDGER_KEY_LEN]; /* Ed25519 */
    char url[HUB_STATEMENT_TEXT_MAX + 1];
};

struct hub_statement {
    char name[HUB_STATEMENT_NAME_MAX + 1];
    char title[HUB_STATEMENT_TEXT_MAX + 1];
    char purpose[HUB_STATEMENT_TEXT_MAX + 1];
    char legal_basis[HUB_STATEMENT_TEXT_MAX + 1];
    char owner[HUB_STATEMENT_TEXT_MAX + 1];
    struct hub_operator leader;
    struct hub_operator helper;
    char collector[HUB_STATEMENT_TEXT_MAX + 1];             /* the name */
    char collector_hpke_config[HUB_STATEMENT_TEXT_MAX + 1]; /* base64url of an HpkeConfig */
    char population[HUB_STATEMENT_NAME_MAX + 1];
    enum hub_privacy_unit unit;
    enum hub_noise_by noise;
    struct hub_statement_vdaf vdaf;
    bool has_labels;
    uint8_t labels[HUB_STATEMENT_HASH_LEN]; /* SHA-256 of the label file */
    uint64_t resident_c;                    /* 0: sensitivity "report" */
    uint32_t resident_cells;                /* 0 with "report" */
    uint64_t delta2;                        /* squared L2 sensitivity of one window */
    uint64_t sigma2;                        /* of ONE aggregator */
    uint32_t window_s;
    uint32_t active_windows;
    uint32_t grace_s;
    int32_t release_minute; /* of the UTC day; -1: as soon as the grace has passed */
    uint64_t rho_day;       /* units of 2^-40: the whole charge of a day */
    uint32_t first_day;     /* days since 1970-01-01; both days are inside */
    uint32_t last_day;
    uint64_t min_batch;
    uint64_t n_max;
    enum hub_profile profile;
    enum hub_statement_clock clock;
};

/* HUB_E_DECODE: the text is no canonical statement. HUB_E_REFUSED: it is one, but breaks a rule (a
 * number that is not the recomputed one, a floor, a bound). why names the line. */
HUB_MUST_USE hub_status hub_statement_parse(struct hub_statement *out, hub_span text,
                                            struct hub_why *why);
/* Appends the canonical text of a statement that passes hub_statement_check. */
HUB_MUST_USE hub_status hub_statement_write(struct hub_buf *out, const struct hub_statement *s,
                                            struct hub_why *why);
/* SHA-256 of the text as it stands in the file. */
HUB_MUST_USE hub_status hub_statement_hash(uint8_t out[HUB_STATEMENT_HASH_LEN], hub_span text);
HUB_MUST_USE hub_status hub_statement_task_info(uint8_t out[HUB_TASK_INFO_LEN], hub_span text);
bool hub_statement_is_task_info(hub_span task_info, const uint8_t hash[HUB_STATEMENT_HASH_LEN]);

/* The rules behind the grammar: every number recomputed. HUB_E_REFUSED with the key at fault (may
 * be NULL) and which number failed, by how much, and what would pass. */
HUB_MUST_USE hub_status hub_statement_check(const struct hub_statement *s,
                                            enum hub_statement_key *key, struct hub_why *why);

/* For `task new`: the defaults for a unit, all texts empty. */
void hub_statement_defaults(struct hub_statement *s, enum hub_privacy_unit unit);
/* Fills delta2, sigma2 and rho_day from the rest and from the wanted charge of a day (units of
 * 2^-40; the charge that is stated is never above it), active_windows if it is 0 and
 * resident_cells; then checks. */
HUB_MUST_USE hub_status hub_statement_complete(struct hub_statement *s, uint64_t rho_day_wanted,
                                               struct hub_why *why);

/* Cells of a task's totals: 1, or length. */
uint32_t hub_statement_n_cells(const struct hub_statement *s);
/* Noises in one released total: 2, or 1 where only one aggregator adds its own. The variance that
 * the office sees is this times sigma2. */
unsigned hub_statement_n_noises(const struct hub_statement *s);
/* Whether this aggregator (leader or not) adds noise under the statement. */
bool hub_statement_adds_noise(const struct hub_statement *s, bool is_leader);
/* POSIX seconds: the first of the task, and the first after it. */
uint64_t hub_statement_start_s(const struct hub_statement *s);
uint64_t hub_statement_end_s(const struct hub_statement *s);

/* The words of the grammar; never NULL. */
const char *hub_unit_name(enum hub_privacy_unit unit);
const char *hub_circuit_name(enum hub_circuit circuit); /* "prio3count", ... */
const char *hub_profile_name(enum hub_profile profile);
const char *hub_noise_by_name(enum hub_noise_by noise);
const char *hub_statement_key_name(enum hub_statement_key key);

#endif
