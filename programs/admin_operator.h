#ifndef ADMIN_OPERATOR_H
#define ADMIN_OPERATOR_H

/* argv[0] is the word "operator". Returns the exit code. */
int hub_admin_operator(int argc, char **argv);

#endif
