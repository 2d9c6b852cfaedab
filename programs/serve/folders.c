/* Names only; who uses them opens the files. */
#include "serve/folders.h"

#include "hpke/key_file.h"

#include <stdio.h>
#include <unistd.h>

static const char task_suffix[] = ".task.ini";

int aggregator_is_older_key(const struct dirent *entry)
{
    return hub_hpke_key_file_is_older(entry->d_name);
}

int aggregator_is_task_file(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name);

    return n > strlen(task_suffix) &&
           strcmp(entry->d_name + n - strlen(task_suffix), task_suffix) == 0;
}

void aggregator_task_stem(char out[AGGREGATOR_PATH_MAX], const char *path)
{
    (void)snprintf(out, AGGREGATOR_PATH_MAX, "%.*s", (int)(strlen(path) - strlen(task_suffix)),
                   path);
}

hub_status aggregator_secret_path(char out[AGGREGATOR_PATH_MAX], const char *stem,
                                  struct hub_why *why)
{
    char helper[AGGREGATOR_PATH_MAX];

    (void)snprintf(out, AGGREGATOR_PATH_MAX, "%s.leader.ini", stem);
    (void)snprintf(helper, sizeof(helper), "%s.helper.ini", stem);
    const bool is_leader = access(out, F_OK) == 0;
    const bool is_helper = access(helper, F_OK) == 0;
    if (is_leader == is_helper)
        return hub_why(why, HUB_E_CONFIG,
                       is_leader ? "%s: the secrets of leader and helper on one machine"
                                 : "%s: neither .leader.ini nor .helper.ini stands beside the task",
                       stem);
    if (is_helper)
        memcpy(out, helper, sizeof(helper));
    return HUB_OK;
}
