#!/bin/sh
# Remakes what src/page/assets holds: office.js from office.ts, the fonts from @fontsource.
#   web/build.sh          writes them
#   web/build.sh --check  only compares; exits 1 if they differ
# The product builds without this: the results are committed.
set -eu
cd "$(dirname "$0")"
assets=../src/page/assets
out=$assets
if [ "${1:-}" = --check ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi

[ -d node_modules ] || npm ci --no-audit --no-fund --loglevel=error
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
find "$out" -name '*.woff2' -size +60k | grep . && { echo "a font is over 60 kB" >&2; exit 1; }

if [ "$out" != "$assets" ]; then
    for file in "$out"/*; do
        cmp "$file" "$assets/$(basename "$file")"
    done
    echo "assets agree"
fi
