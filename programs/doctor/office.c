/* The office: where it reads, what it shows, and whether it answers. */
#include "doctor/checks.h"

#include "office_config.h"

static void check_answer(struct findings *f, const struct office_config *config)
{
    char url[HUB_OPTION_TEXT_MAX + 16];
    HUB_CLEANUP(hub_http_response_clear) struct hub_http_response answer = {0};
    struct hub_http_client *const client = doctor_client(NULL, true);

    /* Its certificate is for its name, which is not in the configuration. */
    if (client != NULL && config->tls_cert[0] == '\0') {
        (void)snprintf(url, sizeof(url), "http://%s/", config->listen);
        const struct hub_http_call call = {.method = HUB_HTTP_GET, .url = url};
        if (hub_http_fetch(client, &answer, &call, NULL) != HUB_OK)
            finding_add(f, FINDING_FAIL, "running", "start it: systemctl start hubbub-office",
                        "nobody answers at %s", url);
        else if (answer.status != 200)
            finding_add(f, FINDING_FAIL, "running", "see its log, and \"series\" here",
                        "%s answers %u", url, answer.status);
        else
            finding_add(f, FINDING_OK, "running", NULL, "%s answers", url);
    }
    hub_http_client_free(client);
}

void doctor_examine_office(struct findings *f, const char *path)
{
    struct office_config config;
    struct hub_why why = {0};

    if (office_config_load(&config, path, &why) != HUB_OK) {
        finding_add(f, FINDING_FAIL, "config", "hubbub office --help lists the names", "%s",
                    why.text);
        return;
    }
    finding_add(f, FINDING_OK, "config", NULL, "%s", path);
    doctor_look_at_clock(f);
    if (config.truth[0] != '\0')
        finding_add(f, FINDING_FAIL, "config", "remove truth: it is for demonstrations only",
                    "%s would be shown as exact figures", config.truth);
    doctor_look_at_folder(f, "series", config.series);
    doctor_look_at_series(f, config.series, false);
    doctor_look_at_certificate(f, config.tls_cert, config.tls_key, config.behind_proxy);
    check_answer(f, &config);
}
