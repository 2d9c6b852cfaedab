/* Where a run takes place: its folder and its ports. */
#ifndef DEMO_PLACE_H
#define DEMO_PLACE_H

#include "demo/parties.h"

/* Makes the wanted folder, or a temporary one if wanted is NULL, with public/ in it. */
HUB_MUST_USE hub_status demo_place_make(char out[DEMO_PATH_MAX], const char *wanted,
                                        struct hub_why *why);
/* Removes the folder with all that is in it. */
void demo_place_remove(const char *folder);
/* A port of 127.0.0.1: the wanted one if it is free, else any; 0 if there is none. It is kept for
 * us by a socket that listens, so that no other demo takes it meanwhile. */
uint16_t demo_place_port(uint16_t wanted, int *reserved);
/* Just before its party starts. */
void demo_place_release(int *reserved);

#endif
