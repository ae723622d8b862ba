#!/bin/sh
# # Install
# Gets what the tests of the cloud need, and nothing when it is all there: a virtual environment under tests/.lab/cloud
# with the emulated AWS (ministack), the translator of the template and its linter, pinned with hashes.
#
#   tests/cloud/install.sh        prints nothing; afterwards tests/.lab/cloud/bin/ministack and …/python are there
#
# Needs Python 3.11 or newer with venv (Debian: python3-venv; installed by root or password-less sudo when missing).
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
lab=$(dirname "$here")/.lab/cloud
stamp=$lab/.complete

say() { echo "install.sh: $*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

# The environment belongs to these requirements and to this place: its programs name it by its path.
wanted=$(cat "$here/requirements.txt" "$0" | cksum; echo "$lab")
[ -e "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && exit 0

if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
    command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; } || {
        say "Python 3.11 or newer with venv is missing; on Debian, as root:  apt-get install python3 python3-venv"
        exit 1
    }
    as_root apt-get update -q >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3 python3-venv >&2
fi

rm -rf "${lab:?}"
mkdir -p "$(dirname "$lab")"
# In two parts: venv alone would hide what ensurepip says when it fails.
python3 -m venv --without-pip "$lab"
pip_said=$("$lab/bin/python3" -Im ensurepip --upgrade --default-pip 2>&1) || {
    say "no pip in $lab:
$pip_said
$(df -h "$lab" "${TMPDIR:-/tmp}" 2>&1)"
    exit 1
}
"$lab/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
    --requirement "$here/requirements.txt" >&2 || {
    say "the packages of tests/cloud/requirements.txt could not be installed (see above)"
    exit 1
}
printf '%s\n' "$wanted" >"$stamp"
say "installed the emulated AWS under $lab"
