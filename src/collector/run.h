/* The continuous collector: asks for each window of each task once it may be released, many at a
 * time, and writes points or gaps into the series database, which is also its memory: what is there
 * is not asked for again after a restart. One thread. */
#ifndef COLLECTOR_RUN_ROOM_H
#define COLLECTOR_RUN_ROOM_H

#include "base/clock.h"
#include "base/log.h"
#include "collector/config.h"
#include "collector/result.h"

struct hub_collector;

struct hub_collector_counts {
    uint64_t n_points; /* windows released into the series in this run */
    uint64_t n_gaps;
    uint64_t n_retries;
    size_t n_under_way; /* asked for, or waiting to be asked again */
};

/* Opens the series, loads tasks and keys, writes measures and tasks. clock_is_demo: tasks whose
 * statement says "clock: demo" are collected; else they are refused. HUB_E_CONFIG with file and
 * line. config is borrowed during the call. */
HUB_MUST_USE hub_status hub_collector_new(struct hub_collector **out,
                                          const struct hub_collector_config *config,
                                          const struct hub_clock *clock, bool clock_is_demo,
                                          const struct hub_log *log, struct hub_why *why);
/* One turn: asks for what is due by the clock, waits up to wait_ms for answers, writes what came in
 * one transaction. HUB_E_DB: it was not written and will be tried again next turn. */
HUB_MUST_USE hub_status hub_collector_turn(struct hub_collector *c, unsigned wait_ms);
/* Before the first turn: who is told of the two shares of each window. */
void hub_collector_watch(struct hub_collector *c, hub_collection_watch watch, void *self);
struct hub_collector_counts hub_collector_counts(const struct hub_collector *c);
/* Ends a turn's wait; from a signal's thread. */
void hub_collector_wake(struct hub_collector *c);
/* Takes NULL. */
void hub_collector_free(struct hub_collector *c);

#endif
