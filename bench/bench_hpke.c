/* What a message costs: opening and sealing input shares of the sizes of Count and Histogram(100)
 * beside the bare X25519 of libcrypto, which is the floor. One thread. JSON lines; microseconds,
 * the median and the quartiles of 31 rounds. */
#include "crypto/aead.h"
#include "crypto/random.h"
#include "crypto/x25519.h"
#include "hpke/hpke.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 31, PER_ROUND = 100, PAYLOAD_MAX = 4096, AAD_LEN = 150 };

struct bench {
    struct hub_hpke_recipient *recipient;
    struct hub_hpke_sender *sender;
    struct hub_x25519_key *key;
    uint8_t peer[HUB_X25519_LEN];
    uint8_t info[20];
    uint8_t aad[AAD_LEN];
    uint8_t plain[PAYLOAD_MAX];
    uint8_t enc[HUB_HPKE_ENC_LEN];
    uint8_t payload[PAYLOAD_MAX + HUB_HPKE_TAG_LEN];
    uint8_t out[PAYLOAD_MAX];
    size_t len; /* of the plaintext */
    struct hub_rng rng;
};

static void must(hub_status status)
{
    if (status == HUB_OK)
        return;
    (void)fprintf(stderr, "bench_hpke: %s\n", hub_status_text(status));
    exit(1);
}

static void agree(struct bench *b)
{
    must(hub_x25519_agree_once(b->key, b->out, b->peer));
}

/* libcrypto finds the public key of a private one by its table for the base point. */
static void fixed_base(struct bench *b)
{
    struct hub_x25519_key *key = NULL;

    must(hub_x25519_key_new(&key, b->peer));
    hub_x25519_key_free(key);
}

static void open_message(struct bench *b)
{
    must(hub_hpke_open_to(b->recipient, b->out, HUB_SPAN_ARRAY(b->info), HUB_SPAN_ARRAY(b->aad),
                          HUB_SPAN_ARRAY(b->enc),
                          hub_span_of(b->payload, b->len + HUB_HPKE_TAG_LEN)));
}

static void seal_message(struct bench *b)
{
    must(hub_hpke_sender_seal(b->sender, b->enc, b->payload, HUB_SPAN_ARRAY(b->info),
                              HUB_SPAN_ARRAY(b->aad), hub_span_of(b->plain, b->len), &b->rng));
}

static double now_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

struct kind {
    const char *what;
    size_t len;
    void (*run)(struct bench *);
    double us[ROUNDS];
};

static void run_round(struct bench *b, struct kind *kind, size_t round)
{
    b->len = kind->len;
    seal_message(b); /* what open_message opens */
    const double start = now_us();
    for (size_t k = 0; k < PER_ROUND; k++)
        kind->run(b);
    kind->us[round] = (now_us() - start) / PER_ROUND;
}

static void print(struct kind *kind)
{
    qsort(kind->us, ROUNDS, sizeof(kind->us[0]), compare);
    (void)printf(
        "{\"bench\":\"hpke\",\"what\":\"%s\",\"bytes\":%zu,\"us_median\":%.2f,\"us_least\":%.2f,"
        "\"us_q1\":%.2f,\"us_q3\":%.2f,\"compiler\":\"%s\"}\n",
        kind->what, kind->len, kind->us[ROUNDS / 2], kind->us[0], kind->us[ROUNDS / 4],
        kind->us[3 * ROUNDS / 4], __VERSION__);
}

int main(void)
{
    static struct bench b;
    static struct kind kinds[] = {
        {.what = "x25519", .len = 0, .run = agree},
        {.what = "x25519_fixed_base", .len = 0, .run = fixed_base},
        {.what = "open", .len = 38, .run = open_message},   /* a helper's share: a seed */
        {.what = "open", .len = 2454, .run = open_message}, /* the leader's, Histogram(100, 10) */
        {.what = "seal", .len = 38, .run = seal_message},
        {.what = "seal", .len = 2454, .run = seal_message},
    };
    enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };
    struct hub_hpke_keypair pair;
    struct hub_hpke_keypair other;

    b.rng = hub_system_rng();
    must(hub_hpke_keypair_generate(&pair, 1, &b.rng));
    must(hub_hpke_keypair_generate(&other, 2, &b.rng));
    must(hub_hpke_recipient_new(&b.recipient, &pair));
    must(hub_hpke_sender_new(&b.sender, &pair.config));
    must(hub_x25519_key_new(&b.key, pair.private_key));
    memcpy(b.peer, other.config.public_key, sizeof(b.peer));

    /* in turn, so that what else the machine does meets all alike */
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < N_KINDS; i++)
            run_round(&b, &kinds[i], round);
    }
    for (size_t i = 0; i < N_KINDS; i++)
        print(&kinds[i]);

    hub_hpke_recipient_free(b.recipient);
    hub_hpke_sender_free(b.sender);
    hub_x25519_key_free(b.key);
    hub_hpke_keypair_wipe(&pair);
    hub_hpke_keypair_wipe(&other);
    return 0;
}
