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

static void tell_certificate(struct doctor *d, const struct hub_certificate *c)
{
    const uint64_t now_s = (uint64_t)time(NULL);
    const long long days = ((long long)c->not_after_s - (long long)now_s) / DAY_S;

    if (!c->key_fits)
        finding_add(&d->findings, FINDING_FAIL, "tls", "give the key that the certificate is for",
                    "%s: tls_key is another certificate's", c->subject);
    else if (now_s < c->not_before_s || now_s >= c->not_after_s)
        finding_add(&d->findings, FINDING_FAIL, "tls", "renew it, then systemctl restart",
                    "%s: the certificate is not valid now", c->subject);
    else if (days < DAYS_WARN)
        finding_add(&d->findings, FINDING_WARN, "tls", "renew it", "%s: valid for %lld days more",
                    c->subject, days);
    else
        finding_add(&d->findings, FINDING_OK, "tls", NULL, "%s: valid for %lld days more",
                    c->subject, days);
}

void doctor_check_tls(struct doctor *d)
{
    const struct aggregator_config *const c = &d->config;
    struct hub_certificate certificate;
    struct hub_why why = {0};
    HUB_CLEANUP(hub_buf_clear) struct hub_buf chain = HUB_BUF_INIT(PEM_MAX);
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf key = HUB_BUF_INIT(PEM_MAX);

    if (c->tls_cert[0] == '\0') {
        finding_add(&d->findings, FINDING_OK, "tls", NULL,
                    c->behind_proxy ? "a proxy in front does it" : "none: loopback only");
        return;
    }
    hub_status status = hub_file_read(&chain, c->tls_cert, &why);
    if (status == HUB_OK)
        status = hub_file_read(&key, c->tls_key, &why);
    if (status == HUB_OK)
        status = hub_certificate_read(&certificate, hub_buf_span(&chain), hub_buf_span(&key), &why);
    if (status == HUB_OK)
        tell_certificate(d, &certificate);
    else
        finding_add(&d->findings, FINDING_FAIL, "tls", "correct tls_cert and tls_key", "%s: %s",
                    c->tls_cert, why.text);
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

static bool resolves(struct doctor *d, const char *who, const char *url)
{
    char host[256];
    struct addrinfo *found = NULL;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

    host_of(host, url);
    const int code = getaddrinfo(host, NULL, &hints, &found);
    if (code != 0) {
        finding_add(&d->findings, FINDING_FAIL, "dns",
                    "see /etc/resolv.conf, or ask the other operator for the name", "%s: %s: %s",
                    who, host, gai_strerror(code));
        return false;
    }
    freeaddrinfo(found);
    finding_add(&d->findings, FINDING_OK, "dns", NULL, "%s: %s", who, host);
    return true;
}

static void tell_skew(struct doctor *d, const char *who, uint64_t date_s)
{
    const uint64_t now_s = (uint64_t)time(NULL);
    const uint64_t skew_s = date_s > now_s ? date_s - now_s : now_s - date_s;

    if (date_s == 0)
        return;
    if (skew_s >= SKEW_FAIL_S)
        finding_add(&d->findings, FINDING_FAIL, "clock", "one of the two is wrong: find out which",
                    "%s: its clock is %llu seconds from ours, reports will be lost", who,
                    (unsigned long long)skew_s);
    else if (skew_s >= SKEW_WARN_S)
        finding_add(&d->findings, FINDING_WARN, "clock", "one of the two is wrong: find out which",
                    "%s: its clock is %llu seconds from ours", who, (unsigned long long)skew_s);
    else
        finding_add(&d->findings, FINDING_OK, "clock", NULL, "%s: %llu seconds from ours", who,
                    (unsigned long long)skew_s);
}

static void tell_answer(struct doctor *d, const char *who, const char *url,
                        const struct hub_http_response *answer)
{
    struct hub_hpke_config config;

    tell_skew(d, who, answer->date_s);
    if (answer->status != 200)
        finding_add(&d->findings, FINDING_FAIL, "peer",
                    "ask its operator whether it is up, and whether this is its URL",
                    "%s: %s answers %u", who, url, answer->status);
    else if (!hub_media_type_is(answer->content_type, HUB_MESSAGE_HPKE_CONFIG_LIST) ||
             hub_device_pick_config(&config, hub_buf_span(&answer->body)) != HUB_OK)
        finding_add(
            &d->findings, FINDING_FAIL, "peer",
            "ask its operator: what stands at this URL is no DAP-18 aggregator of our suite",
            "%s: %s is no list of HPKE configurations with one that we speak", who, url);
    else
        finding_add(&d->findings, FINDING_OK, "peer", NULL, "%s: answers, HPKE configuration %u",
                    who, config.id);
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

static void ask(struct doctor *d, struct hub_http_client *client, const char *who, const char *base)
{
    char url[HUB_HTTP_URL_MAX];
    struct hub_why why = {0};
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response answer = {0};

    if (hub_url_check_base(base, &why) != HUB_OK ||
        hub_url_join(url, base, "hpke_config") != HUB_OK) {
        finding_add(&d->findings, FINDING_FAIL, "peer", "make the task anew", "%s: %s", who,
                    why.text);
        return;
    }
    if (!resolves(d, who, base))
        return;
    const struct hub_http_call call = {.method = HUB_HTTP_GET, .url = url};
    const hub_status status = hub_http_fetch(client, &answer, &call, &why);
    if (status == HUB_OK)
        tell_answer(d, who, url, &answer);
    else
        finding_add(&d->findings, FINDING_FAIL, "peer", advice_for(status), "%s: %s: %s", who, url,
                    why.text[0] == '\0' ? hub_status_text(status) : why.text);
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
    struct hub_http_client_config config = hub_http_client_config();
    struct hub_http_client *client;

    config.ca_file = d->config.ca_file;
    config.plain_remote = d->config.plain_remote;
    config.connect_ms_max = CONNECT_MS;
    config.total_ms_max = TOTAL_MS;
    if (hub_http_client_new(&client, &config) != HUB_OK)
        return;
    for (size_t i = 0; i < d->n_tasks; i++) {
        const struct hub_task *const t = d->tasks[i];
        if (!was_asked(d, i, t->leader_url))
            ask(d, client, d->leads[i] ? "this leader" : "leader", t->leader_url);
        if (!was_asked(d, i, t->helper_url))
            ask(d, client, d->leads[i] ? "helper" : "this helper", t->helper_url);
    }
    hub_http_client_free(client);
}
