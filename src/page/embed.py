#!/usr/bin/env python3
"""Writes the assets as C: embed.py OUT.c FILE...

Text is kept gzipped, with a fixed time so that a build can be repeated; fonts are compressed
already. In style sheets a name in url(...) is replaced by the address of that asset, which holds
the first 16 digits of its SHA-256: fonts therefore come before the style sheet."""
import gzip
import hashlib
import os
import re
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


def rows(data):
    for i in range(0, len(data), 24):
        yield "    " + ",".join(str(b) for b in data[i : i + 24]) + ","


def main():
    out, files = sys.argv[1], sys.argv[2:]
    addresses = {}
    c = ['#include "page/asset.h"', ""]
    table = []
    for n, path in enumerate(sorted(files, key=lambda f: (not f.endswith(".woff2"), f))):
        name = os.path.basename(path)
        stem, ext = os.path.splitext(name)
        with open(path, "rb") as f:
            data = f.read()
        if ext == ".css":
            text = data.decode()
            text = re.sub(r"url\(([\w.-]+)\)", lambda m: "url(%s)" % addresses[m.group(1)], text)
            data = text.encode()
        digest = hashlib.sha256(data).hexdigest()
        addresses[name] = "/assets/%s.%s%s" % (stem, digest[:16], ext)
        is_text = ext != ".woff2"
        if is_text:
            data = gzip.compress(data, 9, mtime=0)
        c.append("static const uint8_t asset_%d[%d] = {" % (n, len(data)))
        c.extend(rows(data))
        c.append("};")
        table.append(
            '    {"%s", "%s", "\\"%s\\"", "%s", %s, {asset_%d, sizeof(asset_%d)}},'
            % (name, addresses[name], digest[:16], TYPES[ext], "true" if is_text else "false", n, n)
        )
    c += ["", "const struct hub_asset hub_assets[] = {"] + table + ["};"]
    c += ["const size_t hub_n_assets = sizeof(hub_assets) / sizeof(hub_assets[0]);", ""]
    with open(out, "w") as f:
        f.write("\n".join(c))


main()
