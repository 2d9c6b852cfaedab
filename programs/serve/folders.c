/* Names only; who uses them opens the files. */
#include "serve/folders.h"

#include "hpke/key_file.h"

#include <stdio.h>
#include <unistd.h>

static const char task_suffix[] = ".task.ini";

static bool ends_in(const char *name, const char *suffix)
{
    const size_t n = strlen(name);

    return n > strlen(suffix) && strcmp(name + n - strlen(suffix), suffix) == 0;
}

int aggregator_is_older_key(const struct dirent *entry)
{
    return hub_hpke_key_file_is_older(entry->d_name);
}

int aggregator_is_task_file(const struct dirent *entry)
{
    return ends_in(entry->d_name, task_suffix);
}

void aggregator_folder_roles(bool *is_leader, bool *is_helper, const char *folder)
{
    DIR *const dir = opendir(folder);

    *is_leader = *is_helper = false;
    for (const struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
        *is_leader = *is_leader || ends_in(e->d_name, ".leader.ini");
        *is_helper = *is_helper || ends_in(e->d_name, ".helper.ini");
    }
    if (dir != NULL)
        (void)closedir(dir);
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
