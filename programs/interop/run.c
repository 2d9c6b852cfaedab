/* Options in, a server until a signal comes. */
#include "interop/run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_DONE, EXIT_FAILED, EXIT_WRONG_USE };

static void print_help(FILE *out, const char *word, const char *db_help)
{
    (void)fprintf(
        out,
        "usage: hubbub interop %s --port N%s\n"
        "Serves the test API on 127.0.0.1: for tests with other implementations, without\n"
        "noise and without a privacy statement.\n"
        "  --port N   0: any free one; it is printed\n",
        word, db_help == NULL ? "" : " [--db FILE]");
    if (db_help != NULL)
        (void)fprintf(out, "  --db FILE  %s\n", db_help);
}

static bool read_port(uint16_t *out, const char *text)
{
    char *end;
    const unsigned long n = strtoul(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || n > UINT16_MAX)
        return false;
    *out = (uint16_t)n;
    return true;
}

bool interop_options_read(struct interop_options *out, int argc, char **argv, const char *db_help,
                          int *exit_code)
{
    bool has_port = false;

    *out = (struct interop_options){.port = 0};
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        print_help(stdout, argv[0], db_help);
        *exit_code = EXIT_DONE;
        return false;
    }
    bool is_fine = argc % 2 == 1;
    for (int i = 1; is_fine && i < argc; i += 2) {
        if (strcmp(argv[i], "--port") == 0)
            is_fine = has_port = read_port(&out->port, argv[i + 1]);
        else if (db_help != NULL && strcmp(argv[i], "--db") == 0)
            out->db = argv[i + 1];
        else
            is_fine = false;
    }
    if (is_fine && has_port)
        return true;
    print_help(stderr, argv[0], db_help);
    *exit_code = EXIT_WRONG_USE;
    return false;
}

struct hub_log interop_log(const char *party)
{
    return (struct hub_log){.file = stderr, .least = HUB_LOG_WARN, .party = party};
}

void interop_signals_block(void)
{
    sigset_t signals;

    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

int interop_serve(const struct interop_api *api, const struct interop_options *options)
{
    struct interop_server *server;
    struct hub_why why = {{0}};
    sigset_t signals;
    int which;

    const hub_status status = interop_server_new(&server, api, options->port, &why);
    if (status != HUB_OK) {
        (void)fprintf(stderr, "hubbub interop: %s\n",
                      why.text[0] == '\0' ? hub_status_text(status) : why.text);
        return EXIT_FAILED;
    }
    (void)printf("listening on 127.0.0.1:%u\n", interop_server_port(server));
    (void)fflush(stdout);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    (void)sigwait(&signals, &which);
    interop_server_free(server);
    return EXIT_DONE;
}
