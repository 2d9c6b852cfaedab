/* What a function that can fail returns. A status says whose move it is next: the caller's (wrong
 * argument), the peer's (bad bytes), the machine's (memory, database, network: may try again). */
#ifndef HUBBUB_STATUS_H
#define HUBBUB_STATUS_H

#define HUB_MUST_USE __attribute__((warn_unused_result))

typedef enum hub_status {
    HUB_OK = 0,
    /* the caller's move */
    HUB_E_ARGUMENT,    /* an argument is outside what the function takes */
    HUB_E_MEASUREMENT, /* the measurement is out of the circuit's range */
    HUB_E_SPACE,       /* more than the buffer's limit */
    HUB_E_NOT_FOUND,   /* no such task, job, file, row */
    HUB_E_CONFIG,      /* a file or option that does not say what it must */
    /* the peer's move */
    HUB_E_DECODE,   /* bytes that are no such message */
    HUB_E_VERIFY,   /* a proof or a signature that does not hold */
    HUB_E_OPEN,     /* HPKE or AEAD: not sealed for us, or changed on the way */
    HUB_E_REFUSED,  /* well-formed, but a rule forbids it */
    HUB_E_CONFLICT, /* the same name for something else */
    /* the machine's move */
    HUB_E_MEMORY,
    HUB_E_IO,
    HUB_E_DB,
    HUB_E_NETWORK,
    HUB_E_CRYPTO, /* libcrypto failed where it cannot */
    HUB_E_RANDOM, /* no randomness */
    HUB_E_BUSY,   /* a queue or a pool is full or empty: try again later */
    HUB_N_STATUS
} hub_status;

/* A short English phrase for a person; never NULL. */
__attribute__((visibility("default"))) const char *hub_status_text(hub_status status);

#endif
