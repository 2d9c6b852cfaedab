/* The official vectors of XofTurboShake128 and XofFixedKeyAes128. */
#ifndef VECTORS_XOF_H
#define VECTORS_XOF_H

#include "base/arena.h"

HUB_MUST_USE hub_status vector_xof_run(struct hub_arena *arena, const char *path,
                                       struct hub_why *why);
HUB_MUST_USE hub_status vector_fixed_key_run(struct hub_arena *arena, const char *path,
                                             struct hub_why *why);

#endif
