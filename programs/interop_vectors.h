/* What the steps of `hubbub interop vectors` share: one file of DAP vectors, its task and keys, and
 * how a difference is told. The form of the files is described in tests/vectors/dap/README.md.
 *
 * The first difference ends a file. Like a reader, a struct hub_vectors is sticky: after it reads
 * give nothing and comparisons say nothing, so that a step reads straight down and asks once. */
#ifndef PROGRAMS_INTEROP_VECTORS_H
#define PROGRAMS_INTEROP_VECTORS_H

#include "base/arena.h"
#include "hpke/hpke.h"
#include "vdaf/vdaf.h"
#include "wire/domain.h"
#include "wire/report.h"
#include "wire/task_configuration.h"

#include <jansson.h>

enum {
    HUB_VECTORS_MESSAGE_MAX = 64 << 20, /* bytes of one message that is built */
    HUB_VECTORS_TEXT_MAX = 900
};

/* Leader and helper by their number in VDAF messages. */
enum { HUB_VECTORS_LEADER = HUB_VDAF_LEADER, HUB_VECTORS_HELPER = HUB_VDAF_HELPER };

/* One report of reports[] or own_reports[], with what both aggregators make of it. */
struct hub_vectors_report {
    char name[48]; /* as the file calls it: "reports[3]", or an own report's name */
    json_t *json;
    struct hub_report report;
    hub_span plaintext[2]; /* PlaintextInputShare of leader and helper; empty: does not open */
    hub_span payload[2];   /* the input shares in them */
    hub_span delivered;    /* the leader's ping-pong message as the job carries it */
    hub_span answer;       /* the helper's, for a report that both accept */
    hub_span out_shares[2];
    uint8_t *leader_state; /* after its first step; NULL if that rejects */
    uint64_t helper_error; /* what the helper must say: 0 or a report error */
};

struct hub_vectors {
    const char *path;
    json_t *root;
    struct hub_arena arena;
    bool failed;
    char where[200];
    char message[HUB_VECTORS_TEXT_MAX];

    struct hub_vdaf_params params;
    struct hub_vdaf *vdaf;
    void *workspace; /* for batches of one */
    struct hub_task_id task_id;
    struct hub_task_configuration configuration;
    hub_span task_configuration; /* encoded */
    hub_span verify_key;
    uint8_t verification_key_id;
    uint8_t context[HUB_VDAF_CONTEXT_LEN];

    struct hub_hpke_keypair keys[2]; /* leader, helper */
    struct hub_hpke_keypair collector_keys;
    struct hub_hpke_recipient *recipients[2];
    struct hub_hpke_recipient *collector;

    struct hub_vectors_report *reports; /* reports[], then own_reports[] */
    size_t n_reports;
    size_t n_recorded; /* how many of them are reports[] */
};

/* ---- telling (interop_vectors_field.c) */

/* Says where the next reads and comparisons are: "reports[3]". */
void hub_vectors_at(struct hub_vectors *v, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Notes the first difference; key may be "". */
void hub_vectors_fail(struct hub_vectors *v, const char *key, const char *expected,
                      const char *got);
/* Notes that something which must succeed gave this status. */
void hub_vectors_must(struct hub_vectors *v, const char *key, hub_status status);

/* A member; NULL and a failure if it is not there. */
json_t *hub_vectors_get(struct hub_vectors *v, const json_t *object, const char *key);
/* A member's hex as bytes, which live as long as v. */
hub_span hub_vectors_bytes(struct hub_vectors *v, const json_t *object, const char *key);
hub_span hub_vectors_hex(struct hub_vectors *v, const json_t *value, const char *key);
/* Exactly n bytes. */
void hub_vectors_bytes_exact(struct hub_vectors *v, uint8_t *out, size_t n, const json_t *object,
                             const char *key);
uint64_t hub_vectors_number(struct hub_vectors *v, const json_t *object, const char *key);
const char *hub_vectors_text(struct hub_vectors *v, const json_t *object, const char *key);
/* An array of two numbers. */
struct hub_time_interval hub_vectors_interval(struct hub_vectors *v, const json_t *object,
                                              const char *key);
/* A measurement in the form of the file's VDAF; a vector lives as long as v. */
struct hub_measurement hub_vectors_measurement(struct hub_vectors *v, const json_t *value,
                                               const char *key);
/* n zeroed bytes that live as long as v; NULL and a failure if memory is out. */
void *hub_vectors_alloc(struct hub_vectors *v, size_t n);
/* A copy of buf's bytes that lives as long as v. buf is emptied, after a status that is no HUB_OK
 * too: that is a failure. */
hub_span hub_vectors_keep(struct hub_vectors *v, struct hub_buf *buf, const char *key,
                          hub_status status);

/* Compares a member, hex or sha256:<hex>:<length>, with what was made. */
void hub_vectors_expect(struct hub_vectors *v, const json_t *object, const char *key, hub_span got);
void hub_vectors_expect_value(struct hub_vectors *v, const json_t *value, const char *key,
                              hub_span got);
void hub_vectors_expect_number(struct hub_vectors *v, const json_t *object, const char *key,
                               uint64_t got);
/* Two spans that must be the same. */
void hub_vectors_expect_same(struct hub_vectors *v, const char *key, hub_span expected,
                             hub_span got);
/* True if expect (an array of texts, or one text) allows this outcome. */
bool hub_vectors_allows(const json_t *expect, const char *outcome);
/* A failure unless expect allows the outcome. */
void hub_vectors_outcome(struct hub_vectors *v, const json_t *expect, const char *outcome);

/* ---- steps, in this order; each returns at once if v has failed */

void hub_vectors_task(struct hub_vectors *v);        /* vdaf, task, hpke */
void hub_vectors_recorded(struct hub_vectors *v);    /* reports[] */
void hub_vectors_own(struct hub_vectors *v);         /* own_reports[] */
void hub_vectors_jobs(struct hub_vectors *v);        /* aggregation, by messages */
void hub_vectors_collections(struct hub_vectors *v); /* collections[], by messages */
void hub_vectors_samples(struct hub_vectors *v);     /* the further well-formed messages */
void hub_vectors_malformed(struct hub_vectors *v);   /* malformed[], prefixes[], open_must_fail[] */

/* with the aggregators' own code (interop_vectors_party.h) */
void hub_vectors_served(struct hub_vectors *v);             /* jobs, uploads, buckets */
void hub_vectors_served_collections(struct hub_vectors *v); /* collections[] */
void hub_vectors_served_malformed(struct hub_vectors *v);   /* malformed[] */

/* ---- shared by steps */

/* Opens, verifies and compares one report; name, json and report are set
 * (interop_vectors_report.c). */
void hub_vectors_verify(struct hub_vectors *v, struct hub_vectors_report *r);
/* By the file's name for it; a failure if there is none. */
struct hub_vectors_report *hub_vectors_find(struct hub_vectors *v, const char *name);
/* The encoding of what a helper gets for these reports. */
hub_span hub_vectors_job(struct hub_vectors *v, struct hub_vectors_report *const *reports,
                         size_t n);
/* InputShareAad of a report. */
hub_span hub_vectors_aad(struct hub_vectors *v, const struct hub_report *report);
/* The plaintext, or an empty span if it does not open. */
hub_span hub_vectors_open(struct hub_vectors *v, struct hub_hpke_recipient *recipient,
                          hub_span info, hub_span aad, const struct hub_ciphertext *c);
/* Seals to config with a given ephemeral key; enc and payload live as long as v. */
struct hub_ciphertext hub_vectors_seal(struct hub_vectors *v, const struct hub_hpke_config *config,
                                       hub_span info, hub_span aad, hub_span plaintext,
                                       const uint8_t *ephemeral);

#endif
