/* What goes wrong with a message on its way. */
#ifndef DIFFERENTIAL_SPOIL_H
#define DIFFERENTIAL_SPOIL_H

#include "dice.h"
#include "row.h"

enum spoil {
    SPOIL_BIT = 0,  /* one bit flipped */
    SPOIL_BYTES,    /* some bytes changed */
    SPOIL_TRUNCATE, /* bytes missing at the end */
    SPOIL_EXTEND,   /* bytes added at the end */
    SPOIL_EMPTY,
    SPOIL_ELEMENT, /* an element at or near p, 0, 1 or any other */
    SPOIL_SWAP,    /* two elements, or two seeds, in each other's place */
    SPOIL_RANDOM,  /* other bytes of the same length */
    SPOIL_ZEROS,
    SPOIL_OTHER_REPORT, /* the same message of another report */
    SPOIL_ENVELOPE,     /* type and length in front of a ping-pong message */
    /* of reports alone */
    SPOIL_OTHER_PARTY, /* another aggregator's input share */
    SPOIL_NONCE,       /* the nonce changed for all */
    SPOIL_NONCE_ONE,   /* the nonce changed for one aggregator */
    SPOIL_N
};

const char *spoil_name(enum spoil kind);
/* A kind for one message: one of those up to SPOIL_OTHER_REPORT. */
enum spoil spoil_draw(struct dice *d);
/* Changes row; other: the same message of another report. */
void spoil_row(struct dice *d, struct row *row, enum spoil kind, hub_span other);

#endif
