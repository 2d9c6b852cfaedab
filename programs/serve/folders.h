/* What lies where in the folders of an aggregator's keys and tasks. */
#ifndef SERVE_FOLDERS_H
#define SERVE_FOLDERS_H

#include "base/bytes.h"

#include <dirent.h>

enum { AGGREGATOR_PATH_MAX = 1024 };

/* For scandir: operator-NNN.key, and NAME.task.ini. */
int aggregator_is_older_key(const struct dirent *entry);
int aggregator_is_task_file(const struct dirent *entry);
/* What the folder's tasks are run as, by the names of their secrets; both false: none. */
void aggregator_folder_roles(bool *is_leader, bool *is_helper, const char *folder);
/* The path of a task file without its ending. */
void aggregator_task_stem(char out[AGGREGATOR_PATH_MAX], const char *path);
/* Where the task's secrets are: exactly one of NAME.leader.ini and NAME.helper.ini stands beside
 * it, else HUB_E_CONFIG. */
HUB_MUST_USE hub_status aggregator_secret_path(char out[AGGREGATOR_PATH_MAX], const char *stem,
                                               struct hub_why *why);

#endif
