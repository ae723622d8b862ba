#!/bin/sh
# # Install
# Gets what the tests against real servers need, and nothing when it is all there.
#
#   tests/servers/install.sh        Dovecot, Python, openssl, a C compiler, make
#   tests/servers/install.sh all    Cyrus and Courier as well
#
# Debian 12. Dovecot and the tools are installed as packages, by root or password-less sudo. Cyrus and Courier cannot
# be installed beside Dovecot, so their packages are only unpacked, under tests/.lab/: nothing of them is installed,
# started or configured on this machine, and no root is needed for them.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
lab=$(dirname "$here")/.lab

say() { echo "install.sh: $*" >&2; }

missing() {
    for pair in /usr/lib/dovecot/imap=dovecot-imapd python3=python3 openssl=openssl cc=gcc make=make setpriv=util-linux; do
        command -v "${pair%=*}" >/dev/null 2>&1 || echo "${pair#*=}"
    done
    # Debian's gcc only recommends the headers that the C parts of our crates (SQLite, zstd, ring) are built with.
    echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1 || echo libc6-dev
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

must_be_debian() {
    command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 && return
    say "this is no Debian or Ubuntu. Please install by hand: Dovecot 2.3 (/usr/sbin/dovecot, /usr/lib/dovecot/imap),"
    say "Python 3, openssl, a C compiler (cc) with headers, make, setpriv (util-linux). Cyrus and Courier come from Debian 12 only."
    exit 1
}

install_packages() {
    must_be_debian
    if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
        say "please install as root:  apt-get install --no-install-recommends" "$@"
        exit 1
    fi
    as_root apt-get update -q >&2
    # Installing Dovecot must not start a mail server here: policy-rc.d says no, if nobody else has an opinion.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
        trap 'as_root rm -f $policy' EXIT
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$@" >&2
}

# unpack KIND PACKAGE...: the packages and what they need and this machine lacks, but no mail transfer agent or virus scanner.
unpack() {
    kind=$1
    shift
    [ -e "$lab/$kind/.complete" ] && return
    must_be_debian
    [ -n "$(apt-cache policy "$1" | grep -s Candidate | grep -v none)" ] || as_root apt-get update -q >&2 || {
        say "apt knows no package $1; please run, as root:  apt-get update"
        exit 1
    }
    rm -rf "${lab:?}/$kind"
    mkdir -p "$lab/$kind/.debs"
    needed=$(apt-get install -s --no-install-recommends "$@" | awk '$1 == "Inst" && $3 !~ /^\[/ { print $2 }' | grep -v '^exim4\|^libclamav')
    (cd "$lab/$kind/.debs" && printf '%s\n' "$@" $needed | sort -u | xargs apt-get download -q >&2)
    for deb in "$lab/$kind/.debs"/*.deb; do dpkg -x "$deb" "$lab/$kind"; done
    rm -r "$lab/$kind/.debs" "$lab/$kind/usr/share/doc" "$lab/$kind/usr/share/man"
    # As on the systems themselves, /lib is /usr/lib.
    [ ! -d "$lab/$kind/lib" ] || { cp -R "$lab/$kind/lib/." "$lab/$kind/usr/lib/" && rm -r "$lab/$kind/lib"; }
    touch "$lab/$kind/.complete"
    say "unpacked $kind under $lab/$kind"
}

wanted=$(missing)
# Word splitting is meant: one package a word.
# shellcheck disable=SC2086
[ -z "$wanted" ] || install_packages $wanted
if [ "${1:-}" = all ]; then
    unpack cyrus cyrus-imapd cyrus-common sasl2-bin libsasl2-modules libsasl2-modules-db
    unpack courier courier-imap courier-base courier-authlib courier-authdaemon courier-authlib-userdb gamin libgamin0
    # Courier gives up when it may not drop its groups, which an ordinary user's namespace never allows (user_namespaces(7)).
    shim=$lab/courier/usr/lib/keep-groups.so
    [ -e "$shim" ] || echo 'int setgroups(unsigned long n, const void *g) { (void)n; (void)g; return 0; }' |
        cc -shared -fPIC -x c - -o "$shim"
fi
