/* Finds an asset; there are about ten. */
#include "page/asset.h"

#include <assert.h>

const struct hub_asset *hub_asset_by_address(hub_span address)
{
    for (size_t i = 0; i < hub_n_assets; i++) {
        if (hub_span_equal_var(address, hub_span_text(hub_assets[i].address)))
            return &hub_assets[i];
    }
    return NULL;
}

const char *hub_asset_address(const char *name)
{
    for (size_t i = 0; i < hub_n_assets; i++) {
        if (strcmp(hub_assets[i].name, name) == 0)
            return hub_assets[i].address;
    }
    assert(false); /* a name that the build has not embedded */
    return "";
}
