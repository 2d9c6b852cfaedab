/* The front: `hubbub WORD ...` finds the program for WORD, next to itself or in PATH, and becomes
 * it, as git does. An operator installs only the programs of its own part. */
#include "hubbub/version.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum exit_code { DONE, FAILED, WRONG_USE };

/* A program that serves several words is told which; one with a single word is not. */
static const struct word {
    const char *word;
    const char *program;
    bool is_passed_on;
    const char *help;
} words[] = {
    {"demo", "hubbub-demo", false, "a whole city on this machine, for looking around"},
    {"device", "hubbub-device", false, "send one device's measurements"},
    {"aggregator", "hubbub-aggregator", false, "run a leader or a helper"},
    {"collector", "hubbub-collector", false, "collect windows that have closed"},
    {"office", "hubbub-office", true, "the page of figures and the public register"},
    {"task", "hubbub-admin", true, "make, show and check tasks"},
    {"operator", "hubbub-admin", true, "new keys and tokens of an aggregator"},
    {"doctor", "hubbub-admin", true, "what is wrong with an aggregator, and what to do"},
    {"bench", "hubbub-bench", true, "microseconds a report, step by step"},
    {"vectors", "hubbub-bench", true, "run official test vectors"},
    {"interop", "hubbub-interop", false, "try it with other implementations; test builds only"},
};

enum { N_WORDS = sizeof(words) / sizeof(words[0]) };

static void print_help(FILE *out)
{
    (void)fprintf(out, "usage: hubbub WORD [ARGUMENT...]\n\n");
    for (size_t i = 0; i < N_WORDS; i++)
        (void)fprintf(out, "  %-11s %s\n", words[i].word, words[i].help);
    (void)fprintf(out,
                  "\nhubbub WORD --help says more. Exit codes: 0 done, 1 failed, 2 wrong use.\n");
}

static const struct word *find_word(const char *text)
{
    for (size_t i = 0; i < N_WORDS; i++) {
        if (strcmp(words[i].word, text) == 0)
            return &words[i];
    }
    return NULL;
}

/* The program's path if it stands next to this one. */
static bool find_beside(char out[PATH_MAX], const char *program)
{
    const ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - 1);

    if (n <= 0)
        return false;
    out[n] = '\0';
    char *const slash = strrchr(out, '/');
    if (slash == NULL || (size_t)(slash + 1 - out) + strlen(program) >= PATH_MAX)
        return false;
    memcpy(slash + 1, program, strlen(program) + 1);
    return access(out, X_OK) == 0;
}

/* Becomes the program; returns only when it can't. */
static enum exit_code become(const struct word *word, char **arguments)
{
    char beside[PATH_MAX];
    char *program = strdup(word->program);

    if (program == NULL)
        return FAILED;
    arguments[0] = program;
    if (find_beside(beside, word->program))
        (void)execv(beside, arguments);
    else
        (void)execvp(word->program, arguments);
    if (errno == ENOENT)
        (void)fprintf(stderr,
                      "hubbub: \"%s\" needs the program %s, which is neither beside hubbub nor in "
                      "PATH; install it\n",
                      word->word, word->program);
    else
        (void)fprintf(stderr, "hubbub: %s does not start: %s\n", word->program, strerror(errno));
    free(program);
    return FAILED;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return WRONG_USE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("hubbub %s (DAP draft-%d, VDAF draft-%d)\n", HUB_VERSION, HUB_DAP_DRAFT,
                     HUB_VDAF_DRAFT);
        return DONE;
    }
    const struct word *const word = find_word(argv[1]);
    if (word == NULL) {
        (void)fprintf(stderr, "hubbub: there is no \"%s\"; hubbub --help lists the words\n",
                      argv[1]);
        return WRONG_USE;
    }
    /* argv[0] is replaced by the program's name: at argv when the word stays, one later if not. */
    return (int)become(word, word->is_passed_on ? argv : argv + 1);
}
