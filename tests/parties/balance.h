/* A listener that hands each connection on to one of two servers in turn, or to the other one while
 * the first does not answer: what stands before several processes of one aggregator. */
#ifndef TESTS_PARTIES_BALANCE_H
#define TESTS_PARTIES_BALANCE_H

#include <stdint.h>

struct balance;

/* Listens on a port of loopback; 0 takes a free one. Ends the test if it cannot. */
struct balance *balance_new(uint16_t port, uint16_t first, uint16_t second);
uint16_t balance_port(const struct balance *b);
void balance_free(struct balance *b);

#endif
