/* `hubbub operator`: new keys and tokens of a party that runs. */
#include "admin_operator.h"

#include "base/file.h"
#include "crypto/random.h"
#include "operator/rotate.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_WRONG_USE, TOKEN_FILE_MAX = 256 };

static int print_usage(FILE *out, int code)
{
    (void)fputs(
        "usage: hubbub operator new-key FOLDER\n"
        "         a new operator.key; the old one is kept as operator-NNN.key and still opens\n"
        "         reports: remove it after twice hpke_max_age and the longest grace\n"
        "       hubbub operator new-token SECRET.ini [--service NAME] --out FILE\n"
        "         a token that others will show this party; FILE is for them\n"
        "       hubbub operator use-token SECRET.ini FILE\n"
        "         what this party shows the other from now on\n\n"
        "Then SIGHUP: the program reads its keys and tasks again. For a token the party that is\n"
        "shown it goes first; what was shown before is taken until its next SIGHUP or start.\n",
        out);
    return code;
}

static int fail(const struct hub_why *why, hub_status status)
{
    (void)fprintf(stderr, "hubbub operator: %s\n",
                  why->text[0] != '\0' ? why->text : hub_status_text(status));
    return EXIT_FAILED;
}

static int new_key(const char *folder)
{
    struct hub_why why = {0};
    const struct hub_rng rng = hub_system_rng();
    uint8_t id;

    const hub_status status = hub_rotate_hpke_key(&id, folder, &rng, &why);
    if (status != HUB_OK)
        return fail(&why, status);
    (void)printf("operator.key has the configuration id %u; send the aggregator SIGHUP\n", id);
    return EXIT_DONE;
}

static int new_token(const char *secret, const char *service, const char *out)
{
    struct hub_why why = {0};
    const struct hub_rng rng = hub_system_rng();
    char token[HUB_TOKEN_LEN + 2];

    hub_status status = hub_rotate_token(token, secret, service, &rng, &why);
    if (status == HUB_OK) {
        memcpy(token + HUB_TOKEN_LEN, "\n", 2);
        status = hub_file_write(out, hub_span_text(token), 0600, &why);
    }
    hub_wipe(token, sizeof(token));
    if (status != HUB_OK)
        return fail(&why, status);
    (void)printf("send the aggregator SIGHUP, then hand over %s\n", out);
    return EXIT_DONE;
}

static int use_token(const char *secret, const char *path)
{
    struct hub_why why = {0};
    HUB_CLEANUP(hub_buf_wipe) struct hub_buf text = HUB_BUF_INIT(TOKEN_FILE_MAX);

    hub_status status = hub_file_read(&text, path, &why);
    if (status == HUB_OK) {
        hub_span token = hub_buf_span(&text);
        while (token.len != 0 && token.ptr[token.len - 1] == '\n')
            token.len--;
        status = hub_take_token(secret, token, &why);
    }
    return status == HUB_OK ? EXIT_DONE : fail(&why, status);
}

int hub_admin_operator(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : "";

    if (strcmp(word, "--help") == 0)
        return print_usage(stdout, EXIT_DONE);
    if (strcmp(word, "new-key") == 0 && argc == 3)
        return new_key(argv[2]);
    if (strcmp(word, "new-token") == 0 && argc == 5 && strcmp(argv[3], "--out") == 0)
        return new_token(argv[2], NULL, argv[4]);
    if (strcmp(word, "new-token") == 0 && argc == 7 && strcmp(argv[3], "--service") == 0 &&
        strcmp(argv[5], "--out") == 0)
        return new_token(argv[2], argv[4], argv[6]);
    if (strcmp(word, "use-token") == 0 && argc == 4)
        return use_token(argv[2], argv[3]);
    return print_usage(stderr, EXIT_WRONG_USE);
}
