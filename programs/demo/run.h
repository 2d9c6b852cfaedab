/* One run of the demo, from empty folders to the verdict. */
#ifndef DEMO_RUN_H
#define DEMO_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct demo_options {
    uint16_t port;      /* of the page; 0: 8080, or any free one if that is taken */
    bool once;          /* end after the verdict */
    bool fast;          /* fewer days */
    const char *folder; /* run here and keep it; NULL: a temporary folder that goes at the end */
    const char *data;   /* folder of the series */
};

/* The exit code: 0 if everything that was sent is accounted for and the published totals fit their
 * noise. */
int demo_run(const struct demo_options *options);

#endif
