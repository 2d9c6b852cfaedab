/* What the doctor found, one line each: what was looked at, how it is, and what to do. */
#ifndef DOCTOR_FINDINGS_H
#define DOCTOR_FINDINGS_H

#include <stdbool.h>
#include <stdio.h>

enum finding_kind {
    FINDING_OK,
    FINDING_WARN, /* works, but not for long or not well */
    FINDING_FAIL  /* does not work, or must not be started */
};

struct findings {
    FILE *out;
    bool is_json; /* one object a line, for programs */
    unsigned n[FINDING_FAIL + 1];
};

/* what: "keys", "disk", ... advice: what to do, or NULL. */
void finding_add(struct findings *f, enum finding_kind kind, const char *what, const char *advice,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
