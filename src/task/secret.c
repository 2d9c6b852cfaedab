/* What one party holds for one task: an .ini file that only its owner reads. */
#include "task/secret.h"

#include "base/option.h"
#include "base/text.h"
#include "crypto/compare.h"
#include "crypto/hash.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const role_names[] = {"collector", "service", "leader", "helper"};

enum { SEEN_ROLE = 1, SEEN_ID = 2, SEEN_KEY_ID = 4, SEEN_KEY = 8, SEEN_TOKEN = 16, SEEN_PEER = 32 };

/* What each role's file must have, and may not have more than. */
static unsigned keys_of(enum hub_role role)
{
    switch (role) {
    case HUB_ROLE_LEADER:
        return SEEN_ROLE | SEEN_ID | SEEN_KEY_ID | SEEN_KEY | SEEN_TOKEN | SEEN_PEER;
    case HUB_ROLE_HELPER:
        return SEEN_ROLE | SEEN_ID | SEEN_KEY_ID | SEEN_KEY | SEEN_PEER;
    case HUB_ROLE_COLLECTOR:
    case HUB_ROLE_CLIENT:
        return SEEN_ROLE | SEEN_ID | SEEN_TOKEN;
    }
    return 0;
}

struct parsing {
    struct hub_task_secret secret;
    unsigned seen;
};

static void parsing_wipe(struct parsing *p)
{
    hub_task_secret_wipe(&p->secret);
}

static hub_status take_role(struct parsing *p, const char *value)
{
    for (unsigned r = 0; r < sizeof(role_names) / sizeof(role_names[0]); r++) {
        if (strcmp(value, role_names[r]) == 0) {
            p->secret.role = (enum hub_role)r;
            return HUB_OK;
        }
    }
    return HUB_E_DECODE;
}

static hub_status take_token(struct parsing *p, const char *value)
{
    uint8_t bytes[32];

    HUB_TRY(hub_base64url_decode_exact(bytes, sizeof(bytes), hub_span_text(value)));
    hub_wipe(bytes, sizeof(bytes));
    memcpy(p->secret.token, value, HUB_TOKEN_LEN + 1);
    return HUB_OK;
}

static hub_status take_service(struct parsing *p, const char *name, const char *value,
                               unsigned line, struct hub_why *why)
{
    struct hub_task_secret *const s = &p->secret;
    struct hub_service service = {{0}, {0}};
    const size_t len = strlen(name);

    if (len == 0 || len > HUB_SERVICE_NAME_MAX)
        return hub_why(why, HUB_E_CONFIG, "line %u: a service's name has 1 to %d characters", line,
                       HUB_SERVICE_NAME_MAX);
    if (s->n_services == HUB_SERVICES_MAX)
        return hub_why(why, HUB_E_CONFIG, "line %u: more than %d services", line, HUB_SERVICES_MAX);
    memcpy(service.name, name, len);
    if (hub_base64url_decode_exact(service.token_sha256, 32, hub_span_text(value)) != HUB_OK)
        return hub_why(why, HUB_E_CONFIG, "line %u: no SHA-256 in base64url", line);
    for (size_t i = 0; i < s->n_services; i++) {
        if (strcmp(s->services[i].name, service.name) == 0 ||
            memcmp(s->services[i].token_sha256, service.token_sha256, 32) == 0)
            return hub_why(why, HUB_E_CONFIG, "line %u: this service, or its token, stands twice",
                           line);
    }
    struct hub_service *const more = realloc(s->services, (s->n_services + 1) * sizeof(*more));
    if (more == NULL)
        return HUB_E_MEMORY;
    s->services = more;
    s->services[s->n_services++] = service;
    return HUB_OK;
}

static hub_status take_value(struct parsing *p, unsigned bit, const char *value)
{
    struct hub_task_secret *const s = &p->secret;
    const hub_span text = hub_span_text(value);
    uint64_t number;

    switch (bit) {
    case SEEN_ROLE:
        return take_role(p, value);
    case SEEN_ID:
        return hub_base64url_decode_exact(s->task_id.bytes, sizeof(s->task_id.bytes), text);
    case SEEN_KEY_ID:
        HUB_TRY(hub_u64_parse(&number, text, 0, UINT8_MAX));
        s->verification_key_id = (uint8_t)number;
        return HUB_OK;
    case SEEN_KEY:
        return hub_base64url_decode_exact(s->verify_key, sizeof(s->verify_key), text);
    case SEEN_TOKEN:
        return take_token(p, value);
    default:
        return hub_base64url_decode_exact(s->peer_sha256, sizeof(s->peer_sha256), text);
    }
}

static hub_status on_pair(void *self, const char *section, const char *key, const char *value,
                          unsigned line, struct hub_why *why)
{
    static const struct {
        const char *name;
        unsigned bit;
        const char *help;
    } keys[] = {
        {"role", SEEN_ROLE, "leader, helper, collector or service"},
        {"task", SEEN_ID, "the task's id: 43 characters of base64url"},
        {"verification-key-id", SEEN_KEY_ID, "0 to 255"},
        {"verify-key", SEEN_KEY, "32 bytes in base64url"},
        {"token", SEEN_TOKEN, "32 bytes in base64url"},
        {"peer-token-sha256", SEEN_PEER, "32 bytes in base64url"},
    };
    struct parsing *const p = self;

    if (strcmp(section, "services") == 0)
        return take_service(p, key, value, line, why);
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (section[0] != '\0' || strcmp(key, keys[i].name) != 0)
            continue;
        if ((p->seen & keys[i].bit) != 0)
            return hub_why(why, HUB_E_CONFIG, "line %u: %s stands twice", line, key);
        p->seen |= keys[i].bit;
        if (take_value(p, keys[i].bit, value) != HUB_OK)
            return hub_why(why, HUB_E_CONFIG, "line %u: %s must be: %s", line, key, keys[i].help);
        return HUB_OK;
    }
    return hub_why(why, HUB_E_CONFIG, "line %u: unknown name %.40s", line, key);
}

hub_status hub_task_secret_parse(struct hub_task_secret *out, hub_span text, const char *name,
                                 struct hub_why *why)
{
    HUB_CLEANUP(parsing_wipe) struct parsing p = {.seen = 0};

    HUB_TRY(hub_ini_walk(text, name, on_pair, &p, why));
    if ((p.seen & SEEN_ROLE) == 0)
        return hub_why(why, HUB_E_CONFIG, "%s: role is missing", name);
    const unsigned needed = keys_of(p.secret.role);
    if (p.seen != needed || (p.secret.n_services != 0 && p.secret.role != HUB_ROLE_LEADER))
        return hub_why(why, HUB_E_CONFIG,
                       "%s: not the keys of a %s: one is missing, or there is one too many", name,
                       role_names[p.secret.role]);
    *out = p.secret;
    p = (struct parsing){.seen = 0};
    return HUB_OK;
}

static void put_pair(struct hub_writer *w, const char *key, const char *value)
{
    hub_write_span(w, hub_span_text(key));
    hub_write_span(w, hub_span_text(" = "));
    hub_write_span(w, hub_span_text(value));
    hub_write_span(w, hub_span_text("\n"));
}

static void put_bytes(struct hub_writer *w, const char *key, const uint8_t bytes[32])
{
    char text[HUB_BASE64URL_LEN(32) + 1];

    hub_base64url_encode(text, hub_span_of(bytes, 32));
    put_pair(w, key, text);
    hub_wipe(text, sizeof(text));
}

hub_status hub_task_secret_write(struct hub_buf *out, const struct hub_task_secret *secret)
{
    struct hub_writer w = hub_writer(out);
    const unsigned has = keys_of(secret->role);
    char number[8];

    hub_write_span(&w, hub_span_text("; Secret: for this party's eyes only.\n"));
    put_pair(&w, "role", role_names[secret->role]);
    put_bytes(&w, "task", secret->task_id.bytes);
    if ((has & SEEN_KEY) != 0) {
        (void)snprintf(number, sizeof(number), "%u", (unsigned)secret->verification_key_id);
        put_pair(&w, "verification-key-id", number);
        put_bytes(&w, "verify-key", secret->verify_key);
    }
    if ((has & SEEN_TOKEN) != 0)
        put_pair(&w, "token", secret->token);
    if ((has & SEEN_PEER) != 0)
        put_bytes(&w, "peer-token-sha256", secret->peer_sha256);
    if (secret->n_services != 0)
        hub_write_span(&w, hub_span_text("\n[services]\n; name = SHA-256 of its token\n"));
    for (size_t i = 0; i < secret->n_services; i++)
        put_bytes(&w, secret->services[i].name, secret->services[i].token_sha256);
    return hub_writer_finish(&w);
}

void hub_task_secret_wipe(struct hub_task_secret *secret)
{
    if (secret->services != NULL)
        hub_wipe(secret->services, secret->n_services * sizeof(*secret->services));
    free(secret->services);
    hub_wipe(secret, sizeof(*secret));
}

bool hub_task_token_is(const uint8_t sha256[32], hub_span token)
{
    uint8_t digest[HUB_SHA256_LEN];

    return hub_sha256(digest, token) == HUB_OK &&
           hub_crypto_equal(HUB_SPAN_ARRAY(digest), hub_span_of(sha256, 32));
}

long hub_task_service_find(const struct hub_task_secret *secret, hub_span token)
{
    uint8_t digest[HUB_SHA256_LEN];
    long found = -1;

    if (hub_sha256(digest, token) != HUB_OK)
        return -1;
    for (size_t i = 0; i < secret->n_services; i++) {
        if (hub_crypto_equal(HUB_SPAN_ARRAY(digest),
                             hub_span_of(secret->services[i].token_sha256, 32)))
            found = (long)i;
    }
    return found;
}
