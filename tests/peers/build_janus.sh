#!/bin/sh
# Builds Janus, the peer of tests/peers, beside the tree.
#
#   tests/peers/build_janus.sh [FOLDER]
#
# FOLDER (default: hubbub-janus beside this tree) gets what the tests want: janus_interop,
# janus_aggregator and schema.sql. The source is the folder JANUS_SOURCE if that is set, else it is
# fetched by git at the commit below, or at JANUS_COMMIT. Needs cargo (rust 1.87 or later), cmake
# and some 5 GB; with crates to fetch it takes half an hour on two cores. It is built with its release
# profile, because bench/peers/janus_pipeline.py measures it too. Janus is licensed under the MPL-2.0;
# nothing of it comes into this tree.
set -eu

commit=${JANUS_COMMIT:-4ab28a36c70c97f88e02ec01cd224fe6762177ba}
repository=https://github.com/divviup/janus
tree=$(cd "$(dirname "$0")/../.." && pwd)
out=${1:-$(dirname "$tree")/hubbub-janus}
PATH=$PATH:$HOME/.cargo/bin

if ! command -v cargo >/dev/null; then
    echo "build_janus: cargo is not installed" >&2
    exit 1
fi
mkdir -p "$out"
source=${JANUS_SOURCE:-}
if [ -z "$source" ]; then
    source=$out/source
    if [ ! -d "$source/.git" ]; then
        git init -q "$source"
        git -C "$source" remote add origin "$repository"
    fi
    git -C "$source" fetch -q --depth 1 origin "$commit"
    git -C "$source" checkout -q "$commit"
fi
cd "$source"
CARGO_INCREMENTAL=0 cargo build --release --locked -p janus_aggregator -p janus_interop_binaries
target=${CARGO_TARGET_DIR:-target}
cp "$target/release/janus_aggregator" "$target/release/janus_interop" "$out/"
cat db/*.up.sql >"$out/schema.sql"
echo release >"$out/profile"
git rev-parse HEAD >"$out/commit" 2>/dev/null || echo "of $source" >"$out/commit"
echo "build_janus: $out is ready"
