/* Certificates, names, peers. */
#include "doctor/checks.h"

#include "base/clock.h"
#include "base/file.h"
#include "crypto/certificate.h"
#include "device/report.h"
#include "http/client.h"
#include "http/url.h"
#include "wire/media_type.h"

#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

enum {
    PEM_MAX = 1 << 20,
    DAY_S = 86400,
    DAYS_WARN = 14,
    SKEW_WARN_S = 30,
    SKEW_FAIL_S = 300, /* HUB_TASK_CLOCK_SKEW_S: reports of the one are the future to the other */
    CONNECT_MS = 5000,
    TOTAL_MS = 10000
};

/* ---- The own certificate */

static void tell_certificate(struct findings *f, const struct hub_certificate *c)
{
    const uint64_t now_s = (uint64_t)time(NULL);
    const long long days = ((long long)c->not_after_s - (long long)now_s) / DAY_S;

    if (!c->key_fits)
        finding_add(f, FINDING_FAIL, "tls", "give the key that the certificate is for",
                    "%s: tls_key is another certificate's", c->subject);
    else if (now_s < c->not_before_s || now_s >= c->not_after_s)
        finding_add(f, FINDING_FAIL, "tls", "renew it, then systemctl restart",
                    "%s: the certificate is not valid now", c->subject);
    else if (days < DAYS_WARN)
        finding_add(f, FINDING_WARN, "tls", "renew it", "%s: valid for %lld days more", c->subject,
                    days);
    else
        finding_add(f, FINDING_OK, "tls", NULL, "%s: valid for %lld days more", c->subject, days);
}

void doctor_look_at_certificate(struct findings *f, const char *cert_file, const char *key_file,
                                bool behind_proxy)
{
    struct hub_certificate certificate;
    struct hub_why why = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf chain = HUB_BUF_INIT(PEM_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf key = HUB_BUF_INIT(PEM_MAX);

    if (cert_file[0] == '\0') {
        finding_add(f, FINDING_OK, "tls", NULL,
                    behind_proxy ? "a proxy in front does it" : "none: loopback only");
        return;
    }
    hub_status status = hub_file_read(&chain, cert_file, &why);
    if (status == HUB_OK)
        status = hub_file_read(&key, key_file, &why);
    if (status == HUB_OK)
        status = hub_certificate_read(&certificate, hub_buf_span(&chain), hub_buf_span(&key), &why);
    if (status == HUB_OK)
        tell_certificate(f, &certificate);
    else
        finding_add(f, FINDING_FAIL, "tls", "correct tls_cert and tls_key", "%s: %s", cert_file,
                    why.text);
}

void doctor_check_tls(struct doctor *d)
{
    doctor_look_at_certificate(&d->findings, d->config.tls_cert, d->config.tls_key,
                               d->config.behind_proxy);
}

/* ---- Peers */

/* The host of a URL that hub_url_check_base took, without brackets. */
static void host_of(char out[256], const char *url)
{
    const char *const start = strstr(url, "://") + 3;
    const bool is_v6 = *start == '[';
    const char *const from = start + is_v6;

    (void)snprintf(out, 256, "%.*s", (int)strcspn(from, is_v6 ? "]" : ":/"), from);
}

static bool resolves(struct findings *f, const char *who, const char *url)
{
    char host[256];
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

    host_of(host, url);
    const int code = getaddrinfo(host, NULL, &hints, &found);
    if (code != 0) {
        finding_add(f, FINDING_FAIL, "dns",
                    "see /etc/resolv.conf, or ask the other operator for the name", "%s: %s: %s",
                    who, host, gai_strerror(code));
        return false;
    }
    freeaddrinfo(found);
    finding_add(f, FINDING_OK, "dns", NULL, "%s: %s", who, host);
    return true;
}

static void tell_skew(struct findings *f, const char *who, uint64_t date_s)
{
    const uint64_t now_s = (uint64_t)time(NULL);
    const uint64_t skew_s = date_s > now_s ? date_s - now_s : now_s - date_s;

    if (date_s == 0)
        return;
    if (skew_s >= SKEW_FAIL_S)
        finding_add(f, FINDING_FAIL, "clock", "one of the two is wrong: find out which",
                    "%s: its clock is %llu seconds from ours, reports will be lost", who,
                    (unsigned long long)skew_s);
    else if (skew_s >= SKEW_WARN_S)
        finding_add(f, FINDING_WARN, "clock", "one of the two is wrong: find out which",
                    "%s: its clock is %llu seconds from ours", who, (unsigned long long)skew_s);
    else
        finding_add(f, FINDING_OK, "clock", NULL, "%s: %llu seconds from ours", who,
                    (unsigned long long)skew_s);
}

static void tell_answer(struct findings *f, const char *who, const char *url,
                        const struct hub_http_response *answer)
{
    struct hub_hpke_config config;

    tell_skew(f, who, answer->date_s);
    if (answer->status != 200)
        finding_add(f, FINDING_FAIL, "peer",
                    "ask its operator whether it is up, and whether this is its URL",
                    "%s: %s answers %u", who, url, answer->status);
    else if (!hub_media_type_is(answer->content_type, HUB_MESSAGE_HPKE_CONFIG_LIST) ||
             hub_device_pick_config(&config, hub_buf_span(&answer->body)) != HUB_OK)
        finding_add(
            f, FINDING_FAIL, "peer",
            "ask its operator: what stands at this URL is no DAP-18 aggregator of our suite",
            "%s: %s is no list of HPKE configurations with one that we speak", who, url);
    else
        finding_add(f, FINDING_OK, "peer", NULL, "%s: answers, HPKE configuration %u", who,
                    config.id);
}

static const char *advice_for(hub_status status)
{
    switch ((int)status) {
    case HUB_E_VERIFY:
        return "its certificate is not by an authority that we trust: see ca_file, or theirs";
    case HUB_E_REFUSED:
        return "a token would go in the clear: use https, or plain_remote on a private network";
    case HUB_E_CONFIG:
        return "correct ca_file";
    default:
        return "see that it is up, and that firewalls let us through";
    }
}

void doctor_look_at_peer(struct findings *f, struct hub_http_client *client, const char *who,
                         const char *base)
{
    char url[HUB_HTTP_URL_MAX];
    struct hub_why why = {0};
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response answer = {0};

    if (hub_url_check_base(base, &why) != HUB_OK ||
        hub_url_join(url, base, "hpke_config") != HUB_OK) {
        finding_add(f, FINDING_FAIL, "peer", "make the task anew", "%s: %s", who, why.text);
        return;
    }
    if (!resolves(f, who, base))
        return;
    const struct hub_http_call call = {.method = HUB_HTTP_GET, .url = url};
    const hub_status status = hub_http_fetch(client, &answer, &call, &why);
    if (status == HUB_OK)
        tell_answer(f, who, url, &answer);
    else
        finding_add(f, FINDING_FAIL, "peer", advice_for(status), "%s: %s: %s", who, url,
                    why.text[0] == '\0' ? hub_status_text(status) : why.text);
}

struct hub_http_client *doctor_client(const char *ca_file, bool plain_remote)
{
    struct hub_http_client_config config = hub_http_client_config();
    struct hub_http_client *client;

    config.ca_file = ca_file;
    config.plain_remote = plain_remote;
    config.connect_ms_max = CONNECT_MS;
    config.total_ms_max = TOTAL_MS;
    return hub_http_client_new(&client, &config) == HUB_OK ? client : NULL;
}

/* Whether an earlier task names the same URL for this role. */
static bool was_asked(const struct doctor *d, size_t before, const char *url)
{
    for (size_t i = 0; i < before; i++) {
        if (strcmp(d->tasks[i]->leader_url, url) == 0 || strcmp(d->tasks[i]->helper_url, url) == 0)
            return true;
    }
    return false;
}

void doctor_check_peers(struct doctor *d)
{
    struct hub_http_client *const client = doctor_client(d->config.ca_file, d->config.plain_remote);

    if (client == NULL)
        return;
    for (size_t i = 0; i < d->n_tasks; i++) {
        const struct hub_task *const t = d->tasks[i];
        if (!was_asked(d, i, t->leader_url))
            doctor_look_at_peer(&d->findings, client, d->leads[i] ? "this leader" : "leader",
                                t->leader_url);
        if (!was_asked(d, i, t->helper_url))
            doctor_look_at_peer(&d->findings, client, d->leads[i] ? "helper" : "this helper",
                                t->helper_url);
    }
    hub_http_client_free(client);
}
