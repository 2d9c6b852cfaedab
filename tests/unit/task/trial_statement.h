/* A statement for tests, and the files of its task in memory. */
#ifndef TEST_TRIAL_STATEMENT_H
#define TEST_TRIAL_STATEMENT_H

#include "base/bytes.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "statement/statement.h"

#include <stdio.h>

static const char test_labels[] = "overdue\nhold\nlost\ncharge\nother\n";

/* An hourly tally of five cells by services, from 2026-03-02 for two weeks. */
static inline hub_status test_statement(struct hub_buf *text, bool with_labels, struct hub_why *why)
{
    struct hub_statement s;
    uint8_t key[HUB_LEDGER_KEY_LEN];

    hub_statement_defaults(&s, HUB_UNIT_VISIT);
    (void)snprintf(s.name, sizeof(s.name), "library");
    (void)snprintf(s.title, sizeof(s.title), "Library charges ; by reason");
    (void)snprintf(s.purpose, sizeof(s.purpose), "Plan the desks");
    (void)snprintf(s.legal_basis, sizeof(s.legal_basis), "Statistics act, section 4");
    (void)snprintf(s.owner, sizeof(s.owner), "City library");
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(7 * i + 1);
    memcpy(s.leader.ledger_key, key, sizeof(key));
    key[0]++;
    memcpy(s.helper.ledger_key, key, sizeof(key));
    (void)snprintf(s.leader.name, sizeof(s.leader.name), "City data centre");
    (void)snprintf(s.leader.url, sizeof(s.leader.url), "https://leader.example/dap");
    (void)snprintf(s.helper.name, sizeof(s.helper.name), "University");
    (void)snprintf(s.helper.url, sizeof(s.helper.url), "https://helper.example/");
    (void)snprintf(s.collector, sizeof(s.collector), "Statistics office");
    /* id 1, X25519, HKDF-SHA256, AES-128-GCM, a public key of 32 times 9 */
    uint8_t config[41] = {1, 0, 0x20, 0, 1, 0, 1, 0, 32};
    memset(config + 9, 9, 32);
    hub_base64url_encode(s.collector_hpke_config, HUB_SPAN_ARRAY(config));
    (void)snprintf(s.population, sizeof(s.population), "library-users");
    s.vdaf = (struct hub_statement_vdaf){
        .circuit = HUB_CIRCUIT_SUMVEC, .length = 5, .max = 1023, .chunk = 10};
    s.resident_c = 1;
    s.resident_cells = 5;
    s.window_s = 3600;
    s.first_day = 20514; /* 2026-03-02 */
    s.last_day = 20527;
    s.n_max = 1000;
    s.has_labels = with_labels;
    if (with_labels)
        HUB_TRY(hub_sha256(s.labels, hub_span_text(test_labels)));
    HUB_TRY(hub_statement_complete(&s, (uint64_t)1 << 31, why));
    return hub_statement_write(text, &s, why);
}

#endif
