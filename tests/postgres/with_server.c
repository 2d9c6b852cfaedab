/* Starts a PostgreSQL server, runs a command with HUBBUB_TEST_DATABASE set to the URL of its
 * database "postgres", stops the server, and ends as the command did; 77 (skipped) where there is
 * no server.
 *
 *     with_server [--durable] COMMAND ARGUMENTS... */
#include "postgres/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77, WRONG_USE = 2 };

static int run(char *const command[])
{
    int code = 0;
    const pid_t pid = fork();

    if (pid == 0) {
        (void)execv(command[0], command);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &code, 0) != pid)
        return 1;
    return WIFEXITED(code) ? WEXITSTATUS(code) : 128 + WTERMSIG(code);
}

int main(int argc, char **argv)
{
    struct postgres_server server = {0};
    struct hub_why why = {0};
    char url[POSTGRES_URL_MAX];
    const bool is_durable = argc > 1 && strcmp(argv[1], "--durable") == 0;
    char *const *const command = argv + 1 + (is_durable ? 1 : 0);

    if (command[0] == NULL) {
        (void)fputs("usage: with_server [--durable] COMMAND ARGUMENTS...\n", stderr);
        return WRONG_USE;
    }
    if (!postgres_server_is_there()) {
        (void)puts("skipped: there is no PostgreSQL server on this machine");
        return SKIPPED;
    }
    int code = 1;
    if (postgres_server_open(&server, "/tmp", is_durable, &why) != HUB_OK) {
        (void)fprintf(stderr, "with_server: %s\n", why.text);
    } else {
        postgres_server_url(&server, url, "postgres");
        (void)setenv("HUBBUB_TEST_DATABASE", url, 1);
        code = run(command);
    }
    postgres_server_close(&server);
    return code;
}
