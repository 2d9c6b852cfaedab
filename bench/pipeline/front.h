/* What stands between the aggregators and whoever calls them: nothing, their own TLS, or HAProxy,
 * which ends TLS and passes plain HTTP on to them. */
#ifndef PIPELINE_FRONT_H
#define PIPELINE_FRONT_H

#include "pipeline/party.h"

enum pipeline_tls { PIPELINE_TLS_NONE, PIPELINE_TLS_OWN, PIPELINE_TLS_HAPROXY };

struct pipeline_front {
    enum pipeline_tls tls;
    char ca_file[PIPELINE_PATH_MAX + 16]; /* "": none */
    pid_t pid;                            /* of HAProxy; 0: there is none */
};

/* "none", "own", "haproxy" */
const char *pipeline_tls_name(enum pipeline_tls tls);
/* False: no such name. */
bool pipeline_tls_parse(enum pipeline_tls *out, const char *name);
/* "http" or "https". */
const char *pipeline_tls_scheme(enum pipeline_tls tls);
/* Whether HAProxy is installed. */
bool pipeline_haproxy_is_there(void);

/* Makes certificates in the folder, tells both parties what of it is theirs, and starts HAProxy if
 * it is wanted. Before the parties start; their ports are chosen. */
HUB_MUST_USE hub_status pipeline_front_open(struct pipeline_front *f, enum pipeline_tls tls,
                                            const char *folder, struct pipeline_party *leader,
                                            struct pipeline_party *helper, struct hub_why *why);
void pipeline_front_close(struct pipeline_front *f);
/* CPU time of HAProxy; 0 if there is none. HUB_E_IO: it is gone. */
HUB_MUST_USE hub_status pipeline_front_cpu_us(double *out, const struct pipeline_front *f,
                                              struct hub_why *why);

#endif
