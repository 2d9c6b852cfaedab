/* Which hubbub this is, and which drafts it speaks. */
#ifndef HUBBUB_VERSION_H
#define HUBBUB_VERSION_H

#define HUB_VERSION_MAJOR 0
#define HUB_VERSION_MINOR 1
#define HUB_VERSION_PATCH 0
#define HUB_VERSION       "0.1.0"

#define HUB_DAP_DRAFT  18 /* draft-ietf-ppm-dap */
#define HUB_VDAF_DRAFT 20 /* draft-irtf-cfrg-vdaf */

/* The version of the library that is linked, as HUB_VERSION was when it was built. */
__attribute__((visibility("default"))) const char *hub_version(void);

#endif
