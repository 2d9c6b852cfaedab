#!/bin/sh
# Remakes what src/page/assets holds and people did not write: office.js from office.ts, the fonts
# from @fontsource, and SHA256SUMS over these and their source.
#   web/build.sh          writes them
#   web/build.sh --check  only compares; exits 1 if they differ, 77 if npm can't bring its packages
# The product builds without this and without node: the results are committed. A quick test checks
# the sums, so a script that is older than its source is seen there too.
set -eu
cd "$(dirname "$0")"
assets=../src/page/assets
out=$assets
if [ "${1:-}" = --check ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi

if ! [ -d node_modules ] && ! npm ci --no-audit --no-fund --loglevel=error; then
    echo "npm ci failed in web/" >&2
    exit 77
fi
npx tsc --noEmit -p .
npx esbuild office.ts --minify --target=es2021 --log-level=warning --outfile="$out/office.js"
for family in sans-3 serif-4; do
    for weight in 400 600; do
        for subset in latin cyrillic; do
            cp "node_modules/@fontsource/source-$family/files/source-$family-$subset-$weight-normal.woff2" \
                "$out/${family%-*}-$weight-$subset.woff2"
        done
    done
done
# Each font stays small enough to come with the first page.
if find "$out" -name '*.woff2' -size +60k | grep .; then
    echo "a font is over 60 kB" >&2
    exit 1
fi

if [ "$out" = "$assets" ]; then
    cd "$assets"
    sha256sum office.js ./*.woff2 ../../../web/office.ts >SHA256SUMS
else
    for file in "$out"/*; do
        cmp "$file" "$assets/$(basename "$file")"
    done
    echo "assets agree"
fi
