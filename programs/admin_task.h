/* `hubbub task new|show|check`. argv[0] is "task". Exit codes: 0 done, 1 failed, 2 wrong use. */
#ifndef ADMIN_TASK_H
#define ADMIN_TASK_H

#include "task/task.h"

#include <stdio.h>

int hub_admin_task(int argc, char **argv);

/* `hubbub task new`: argv[0] is "new". */
int hub_admin_task_new(int argc, char **argv);

/* The task in plain words, then its noise and its cost in numbers. */
void hub_admin_task_describe(FILE *out, const struct hub_task *task);

#endif
