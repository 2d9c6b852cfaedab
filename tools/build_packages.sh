#!/usr/bin/env bash
# Debian packages of what is committed: tools/build_packages.sh FOLDER
# Needs dpkg-dev and debhelper beside the product's packages (tools/packages.sh).
set -eu
[ $# -eq 1 ] || {
    echo "usage: tools/build_packages.sh FOLDER" >&2
    exit 2
}
mkdir -p "$1"
out=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/hubbub"
git archive HEAD | tar -x -C "$work/hubbub"
cd "$work/hubbub"
dpkg-buildpackage -us -uc -b >"$work/log" 2>&1 || {
    tail -n 40 "$work/log" >&2
    exit 1
}
mv "$work"/*.deb "$work"/*.changes "$work"/*.buildinfo "$out"
ls -l "$out"/*.deb
