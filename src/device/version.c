/* The linked version. */
#include "hubbub/version.h"

const char *hub_version(void)
{
    return HUB_VERSION;
}
