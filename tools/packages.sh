# Debian packages, for scripts that source this. Lists what is missing before anything is installed.

product_packages=(gcc libc6-dev meson ninja-build pkg-config libssl-dev libgmp-dev libsqlite3-dev
    libpq-dev libmicrohttpd-dev libcurl4-openssl-dev libjansson-dev libinih-dev)
check_packages=(git python3 openssl spin libcmocka-dev clang libclang-rt-dev clang-format clang-tidy cppcheck valgrind
    postgresql haproxy)
cross_packages=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user)
browser_packages=(nodejs chromium)
command -v npm >/dev/null || browser_packages+=(npm) # some nodejs packages bring it along

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
    local name
    for name in "$@"; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
    done
}

# fetch_promtool FOLDER: promtool alone, of the package prometheus (19 MB), whose server nobody here
# wants started.
fetch_promtool() {
    [ ! -x "$1/promtool" ] && ! command -v promtool >/dev/null || return 0
    command -v apt-get >/dev/null || return 1
    mkdir -p "$1/package" &&
        (cd "$1/package" && apt-get -q download prometheus) >/dev/null 2>&1 &&
        dpkg-deb --fsys-tarfile "$1"/package/prometheus_*.deb | tar -xO ./usr/bin/promtool >"$1/promtool" &&
        chmod +x "$1/promtool" && rm -r "$1/package"
}

# install_packages yes|ask NAME...: lists the missing ones, asks if it may on a terminal, installs
# them as root or with sudo. Without either it says what to do and fails.
install_packages() {
    local mode=$1 answer as_root=()
    shift
    local missing
    mapfile -t missing < <(missing_packages "$@")
    if [ ${#missing[@]} -eq 0 ]; then
        echo "   all $# packages are there"
        return 0
    fi
    echo "   needed and not installed: ${missing[*]}"
    if ! command -v apt-get >/dev/null; then
        echo "   This is not Debian: please install their counterparts, then run this again." >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "   You are not root and there is no sudo. Please have somebody run, as root:" >&2
            echo "     apt-get update && apt-get install ${missing[*]}" >&2
            echo "   then run this again." >&2
            return 1
        fi
        as_root=(sudo)
    fi
    if [ "$mode" = ask ] && [ -t 0 ]; then
        read -r -p "   Install them now? [Y/n] " answer
        case "$answer" in
        "" | [Yy]*) ;;
        *)
            echo "   Nothing was installed." >&2
            return 1
            ;;
        esac
    fi
    # Through env, so that sudo passes it on.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q update >/dev/null &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends "${missing[@]}" >/dev/null || {
        echo "   apt-get failed; its message is above" >&2
        return 1
    }
    echo "   installed"
}
