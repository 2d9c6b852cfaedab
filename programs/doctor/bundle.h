/* A text file for whoever helps: versions, configuration, findings, sizes, figures and the log's
 * end. It holds no key, token, share, report or measurement: keys and secrets are named by file,
 * size and mode only, and the log has none (base/log.h). */
#ifndef DOCTOR_BUNDLE_H
#define DOCTOR_BUNDLE_H

#include "doctor/checks.h"

/* d has been examined; its findings are made again into the file. HUB_E_IO. */
HUB_MUST_USE hub_status doctor_write_bundle(struct doctor *d, const char *config, const char *path,
                                            struct hub_why *why);

#endif
