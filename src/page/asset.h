/* Style, script and fonts, built into the program. An asset's address holds its hash, so a browser
 * may keep it for ever and a new one has a new address. */
#ifndef PAGE_ASSET_H
#define PAGE_ASSET_H

#include "base/bytes.h"

struct hub_asset {
    const char *name;    /* "office.css" */
    const char *address; /* "/assets/office.0123456789abcdef.css" */
    const char *etag;    /* quoted */
    const char *content_type;
    bool is_gzip;
    hub_span bytes;
};

/* NULL if there is none. */
const struct hub_asset *hub_asset_by_address(hub_span address);
/* The address of an asset that is there. */
const char *hub_asset_address(const char *name);

/* Made at build time by embed.py. */
extern const struct hub_asset hub_assets[];
extern const size_t hub_n_assets;

#endif
