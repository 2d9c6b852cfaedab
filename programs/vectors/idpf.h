/* The official vector of the IDPF. */
#ifndef VECTORS_IDPF_H
#define VECTORS_IDPF_H

#include "base/arena.h"

HUB_MUST_USE hub_status vector_idpf_run(struct hub_arena *arena, const char *path,
                                        struct hub_why *why);

#endif
