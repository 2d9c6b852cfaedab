/* Certificates by the openssl command, and HAProxy with the configuration that docs/operations.md
 * shows. */
#include "pipeline/front.h"

#include "base/file.h"
#include "tls/certificate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONFIG_MAX = 4096, LOOK_US = 5000, START_LOOKS = 4000, STOP_LOOKS = 400 };

static const char haproxy[] = "/usr/sbin/haproxy";
static const char *const names[] = {"none", "own", "haproxy"};

const char *pipeline_tls_name(enum pipeline_tls tls)
{
    return names[tls];
}

bool pipeline_tls_parse(enum pipeline_tls *out, const char *name)
{
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *out = (enum pipeline_tls)i;
        return true;
    }
    return false;
}

const char *pipeline_tls_scheme(enum pipeline_tls tls)
{
    return tls == PIPELINE_TLS_NONE ? "http" : "https";
}

bool pipeline_haproxy_is_there(void)
{
    return access(haproxy, X_OK) == 0;
}

static hub_status write_config(const char *path, const char *folder,
                               const struct pipeline_party *leader,
                               const struct pipeline_party *helper, struct hub_why *why)
{
    char text[CONFIG_MAX];

    (void)snprintf(text, sizeof(text),
                   "global\n"
                   "    maxconn 2000\n"
                   "defaults\n"
                   "    mode http\n"
                   "    timeout connect 5s\n"
                   "    timeout client 60s\n"
                   "    timeout server 60s\n"
                   "frontend leader\n"
                   "    bind 127.0.0.1:%u ssl crt %s/proxy.pem alpn http/1.1\n"
                   "    default_backend leader\n"
                   "backend leader\n"
                   "    server leader 127.0.0.1:%u\n"
                   "frontend helper\n"
                   "    bind 127.0.0.1:%u ssl crt %s/proxy.pem alpn http/1.1\n"
                   "    default_backend helper\n"
                   "backend helper\n"
                   "    server helper 127.0.0.1:%u\n",
                   leader->port, folder, leader->plain_port, helper->port, folder,
                   helper->plain_port);
    return hub_file_put(path, hub_span_text(text), 0644, why);
}

/* In the child. Returns only if something failed. */
static void become(const char *config, const char *folder)
{
    char log[PIPELINE_PATH_MAX + 32];

    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    (void)snprintf(log, sizeof(log), "%s/haproxy.log", folder);
    const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
    if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        return;
    (void)execl(haproxy, haproxy, "-db", "-f", config, (char *)NULL);
}

static hub_status start_haproxy(struct pipeline_front *f, const char *folder,
                                const struct pipeline_party *leader,
                                const struct pipeline_party *helper, struct hub_why *why)
{
    char config[PIPELINE_PATH_MAX + 32];

    (void)snprintf(config, sizeof(config), "%s/haproxy.cfg", folder);
    HUB_TRY(write_config(config, folder, leader, helper, why));
    f->pid = fork();
    if (f->pid < 0) {
        f->pid = 0;
        return hub_why(why, HUB_E_IO, "haproxy: %s", strerror(errno));
    }
    if (f->pid == 0) {
        become(config, folder);
        _exit(127);
    }
    for (int i = 0; !pipeline_port_answers(leader->port) || !pipeline_port_answers(helper->port);
         i++) {
        if (i == START_LOOKS || waitpid(f->pid, NULL, WNOHANG) != 0)
            return hub_why(why, HUB_E_IO, "haproxy does not answer: see %s/haproxy.log", folder);
        (void)usleep(LOOK_US);
    }
    return HUB_OK;
}

hub_status pipeline_front_open(struct pipeline_front *f, enum pipeline_tls tls, const char *folder,
                               struct pipeline_party *leader, struct pipeline_party *helper,
                               struct hub_why *why)
{
    const char *const own = tls == PIPELINE_TLS_OWN
                                ? "tls_cert = ../server.pem\ntls_key = ../server.key\n"
                                : "behind_proxy = yes\n";

    *f = (struct pipeline_front){.tls = tls};
    if (tls != PIPELINE_TLS_HAPROXY)
        leader->plain_port = helper->plain_port = 0;
    if (tls == PIPELINE_TLS_NONE)
        return HUB_OK;
    if (!tls_certificate_make(folder))
        return hub_why(why, HUB_E_IO, "no certificate: see %s/openssl.log", folder);
    (void)snprintf(f->ca_file, sizeof(f->ca_file), "%s/ca.pem", folder);
    (void)snprintf(helper->lines, sizeof(helper->lines), "%s", own);
    (void)snprintf(leader->lines, sizeof(leader->lines), "%sca_file = ../ca.pem\n", own);
    return tls == PIPELINE_TLS_HAPROXY ? start_haproxy(f, folder, leader, helper, why) : HUB_OK;
}

void pipeline_front_close(struct pipeline_front *f)
{
    if (f->pid == 0)
        return;
    (void)kill(f->pid, SIGTERM);
    for (int i = 0; waitpid(f->pid, NULL, WNOHANG) == 0; i++) {
        if (i > STOP_LOOKS)
            (void)kill(f->pid, SIGKILL);
        (void)usleep(LOOK_US);
    }
    f->pid = 0;
}

hub_status pipeline_front_cpu_us(double *out, const struct pipeline_front *f, struct hub_why *why)
{
    clockid_t clock;
    struct timespec t;

    *out = 0;
    if (f->pid == 0)
        return HUB_OK;
    if (waitpid(f->pid, NULL, WNOHANG) != 0 || clock_getcpuclockid(f->pid, &clock) != 0 ||
        clock_gettime(clock, &t) != 0)
        return hub_why(why, HUB_E_IO, "haproxy is gone: see haproxy.log in the run's folder");
    *out = (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
    return HUB_OK;
}
