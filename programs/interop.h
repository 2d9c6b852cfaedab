/* The words of hubbub-interop. Each gets the arguments from its word on and returns an exit code: 0
 * done, 1 failed, 2 wrong use. */
#ifndef PROGRAMS_INTEROP_H
#define PROGRAMS_INTEROP_H

int hub_interop_aggregator(int argc, char **argv);
int hub_interop_client(int argc, char **argv);
int hub_interop_collector(int argc, char **argv);
int hub_interop_vectors(int argc, char **argv);

#endif
