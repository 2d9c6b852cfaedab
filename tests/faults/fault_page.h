/* A page shared between the driver of the faults and an aggregator under test: the driver writes
 * what is to go wrong, the aggregator's wrapped functions look there (fault_points.c). For test
 * programs only: the installed ones have neither the page nor the wrapping. */
#ifndef TESTS_FAULTS_FAULT_PAGE_H
#define TESTS_FAULTS_FAULT_PAGE_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdint.h>

/* What a commit is about: the steps of docs/exactly-once.md, in their order there. */
enum fault_step {
    FAULT_STEP_NONE,
    FAULT_STEP_UPLOAD,
    FAULT_STEP_TAKE,
    FAULT_STEP_READY,
    FAULT_STEP_HELPER,
    FAULT_STEP_FINISH,
    FAULT_STEP_COLLECT,
    FAULT_STEP_SHARE,
    FAULT_STEP_RELEASE,
    FAULT_STEP_BURN,
    FAULT_STEP_ANY,
    FAULT_N_STEPS
};

/* Where around it the process dies. */
enum fault_moment {
    FAULT_BEFORE_COMMIT,
    FAULT_AFTER_COMMIT, /* durable; the ledger's head outside is not */
    FAULT_AFTER_HEAD,   /* all durable; nobody was told */
    FAULT_N_MOMENTS
};

/* What happens there. */
enum fault_action {
    FAULT_KILL,
    FAULT_POWER, /* what SQLite wrote and did not sync is lost too, write by write by chance */
    FAULT_STOP,  /* SIGSTOP: it hangs, with its transaction, until the driver lets it go on */
    FAULT_N_ACTIONS
};

enum fault_disk {
    FAULT_DISK_SOUND,
    FAULT_DISK_FULL,      /* a write that would make a file longer fails */
    FAULT_DISK_NO_SYNC,   /* fsync fails, as after a write error */
    FAULT_DISK_SYNC_ONCE, /* one fsync fails and what it was for is lost; the next ones succeed */
    FAULT_DISK_NO_HEAD,   /* only the ledger's head outside cannot be written */
    FAULT_N_DISKS
};

/* Mistakes that a product could have, to see that the harness finds them. */
enum fault_plant {
    FAULT_PLANT_NONE,
    FAULT_PLANT_LOST_COMMIT, /* one in some commits of uploads is told as done and is not */
    FAULT_PLANT_NO_IDS,      /* the helper forgets which reports and jobs it has seen */
    FAULT_PLANT_NO_BURN,     /* a database that was put back is taken for sound */
    FAULT_PLANT_NO_SYNC,     /* SQLite's syncs do nothing */
    FAULT_PLANT_NO_OWNER,    /* whoever worked on a job ends it, whosever it is by now */
    FAULT_N_PLANTS
};

/* Little-endian words in this order, which tests/faults/city.py writes. */
struct fault_page {
    _Atomic uint32_t step;   /* FAULT_STEP_NONE: nobody dies */
    _Atomic uint32_t moment; /* one of fault_moment */
    _Atomic uint32_t passes; /* how often that moment passes before it kills */
    _Atomic uint32_t disk;   /* one of fault_disk */
    _Atomic uint32_t n_kills;
    _Atomic uint32_t n_disk_errors;
    _Atomic uint32_t plant;    /* one of fault_plant */
    _Atomic uint32_t action;   /* one of fault_action */
    _Atomic uint32_t n_stops;  /* the process has stopped itself so often */
    _Atomic uint32_t n_undone; /* writes that a loss of power or a failed sync took back */
    _Atomic uint32_t slow_ms;  /* before each commit: a disk that cannot follow */
    _Atomic uint32_t lease_ms; /* of a process on a shared database; 0: the product's */
};

/* Maps the page; without a call nothing ever goes wrong. */
HUB_MUST_USE hub_status fault_page_open(const char *path, struct hub_why *why);

#endif
