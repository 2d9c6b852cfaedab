/* hubbub-admin: what an operator does by hand. The word comes first; each has its own file. */
#include "admin_doctor.h"
#include "admin_operator.h"
#include "admin_task.h"

#include <stdio.h>
#include <string.h>

enum { EXIT_WRONG_USE = 2 };

static const struct {
    const char *word;
    int (*run)(int argc, char **argv); /* argv[0] is the word */
} words[] = {
    {"task", hub_admin_task},
    {"doctor", hub_admin_doctor},
    {"operator", hub_admin_operator},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(argv[1], words[i].word) == 0)
            return words[i].run(argc - 1, argv + 1);
    }
    (void)fprintf(
        stderr,
        argc > 1 ? "hubbub-admin: there is no \"%s\" here yet\n"
                 : "usage: hubbub task new|show|check ...\n       hubbub doctor --config FILE\n"
                   "       hubbub operator new-key|new-token|use-token ...\n",
        argc > 1 ? argv[1] : "");
    return EXIT_WRONG_USE;
}
