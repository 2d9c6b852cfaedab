/* The process that answers with the prio crate (peer/src/main.rs has the form of questions and
 * answers). A question is written item by item and asked; then the answer is read item by item.
 * The program ends with a message if the peer goes away or answers short. */
#ifndef DIFFERENTIAL_PEER_H
#define DIFFERENTIAL_PEER_H

#include "base/bytes.h"

#include <stdio.h>
#include <sys/types.h>

enum { PEER_OK = 0, PEER_REFUSED = 1, PEER_PANICKED = 2 };
/* Verdicts beyond those of vdaf/vdaf.h. */
enum { PEER_BAD_MEASUREMENT = 8, PEER_REPORT_PANICKED = 0xfe, PEER_SKIPPED = 0xff };

struct peer {
    pid_t pid;
    FILE *to;
    FILE *from;
    struct hub_buf question;
    uint8_t *answer;
    size_t answer_len;
    size_t at;
    uint64_t n_asked;
};

void peer_start(struct peer *p, const char *path);
void peer_stop(struct peer *p);

void peer_begin(struct peer *p, char operation);
void peer_write_number(struct peer *p, uint64_t value, size_t bytes);
void peer_write_raw(struct peer *p, hub_span bytes);
void peer_write_item(struct peer *p, hub_span bytes);
/* Returns one of PEER_OK...; what is to be read then is the answer, or a text. */
unsigned peer_ask(struct peer *p);
uint8_t peer_read_u8(struct peer *p);
hub_span peer_read_raw(struct peer *p, size_t n); /* a view, valid until the next question */
hub_span peer_read_item(struct peer *p);
hub_span peer_read_rest(struct peer *p);

#endif
