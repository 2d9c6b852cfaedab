#!/usr/bin/env bash
# A device's rooms on a processor that this machine is not: built with Debian's cross compiler, then
# unit tests, kernel tests and all official VDAF vectors under qemu, every kernel tier.
#
#   tests/cross/run.sh aarch64|s390x
#
# aarch64 has the NEON tier; s390x has its bytes the other way round. The libraries of that machine
# (Debian packages, some 8 MB, with their lists 22) are unpacked into build-cross-MACHINE/sysroot and
# kept; the system's own package lists stay as they are. Exits with 77, and says why, where tools or
# packages cannot be had.
set -u
cd "$(dirname "$0")/../.." || exit 1

machine=${1:-}
case "$machine" in
aarch64) architecture=arm64 endian=little ;;
s390x) architecture=s390x endian=big ;;
*)
    echo "usage: tests/cross/run.sh aarch64|s390x" >&2
    exit 2
    ;;
esac
build=build-cross-$machine
packages=(libc6 libgcc-s1 libssl3 libssl-dev libjansson4 libjansson-dev libinih1 libinih-dev
    libgmp10 libgmp-dev libcmocka0 libcmocka-dev)

skip() {
    echo "skipped: $*"
    exit 77
}

# apt with lists and an architecture of its own.
private_apt() {
    apt-get -q -o Dir::State="$PWD/$build/apt" -o Dir::Cache="$PWD/$build/apt" \
        -o Dir::State::status=/dev/null -o APT::Sandbox::User=root -o Acquire::Languages=none \
        -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false \
        -o APT::Architecture=$architecture -o APT::Architectures=$architecture "$@"
}

unpack_sysroot() {
    local root=$build/sysroot deb
    [ ! -e "$root/complete" ] || return 0
    rm -rf "$root" "$build/apt"
    mkdir -p "$root" "$build/apt/lists/partial" "$build/apt/archives/partial" "$build/debs"
    private_apt update >"$build/apt/log" 2>&1 &&
        (cd "$build/debs" && rm -f ./*.deb) &&
        private_apt -o Dir::Cache::archives="$PWD/$build/debs" install -y --download-only \
            --no-install-recommends "${packages[@]}" >>"$build/apt/log" 2>&1 || return 1
    for deb in "$build"/debs/*.deb; do
        dpkg-deb -x "$deb" "$root" || return 1
    done
    rm -rf "$build/apt" "$build/debs"
    touch "$root/complete"
}

for tool in "$machine-linux-gnu-gcc" "qemu-$machine" meson ninja pkg-config dpkg-deb apt-get; do
    command -v "$tool" >/dev/null || skip "no $tool (tools/packages.sh names the packages)"
done
unpack_sysroot || skip "the libraries of $architecture cannot be had: $(tail -n 1 "$build/apt/log")"

sed -e "s,@MACHINE@,$machine,g; s,@ENDIAN@,$endian,g; s,@SYSROOT@,$PWD/$build/sysroot,g" \
    tests/cross/machine.ini.in >"$build/machine.ini"
[ -f "$build/build.ninja" ] ||
    meson setup "$build" --cross-file "$build/machine.ini" -Dtests=true -Drooms=device \
        -Dverify=true -Ddebug=false --werror >"$build/setup.log" 2>&1 || {
    cat "$build/setup.log"
    exit 1
}
ninja -C "$build" --quiet || exit 1
meson test -C "$build" --no-rebuild --timeout-multiplier 4 --suite quick --quiet || exit 1
qemu-"$machine" -L "$build/sysroot" "$build/programs/vectors/hubbub-bench" vectors tests/vectors/vdaf/*.json
