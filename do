#!/bin/sh
# ./do demo   set up on first use, then run the main job on two examples
# ./do test   the test suite        ./do lint   lint and types      ./do docs   build the docs
# ./do <any suffice verb> ...       e.g. ./do rank two-layer --inputs 4 --width 3
set -eu
here=$PWD # files named on the command line are relative to this
cd "$(dirname "$0")"
root=$PWD

extras=test
case "${1:-help}" in lint | docs) extras=dev ;; esac

fail() {
    echo "suffice: $1" >&2
    exit 2
}

works() { "$@" >/dev/null 2>&1; }

# The first interpreter that actually runs: under version managers a name can exist and fail.
find_python() {
    for python in python3.11 python3.12 python3.13 python3; do
        if works "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
            return
        fi
    done
    fail "it needs Python 3.11 or newer, and none was found on PATH."
}

# A set-up that was stopped leaves this file, and the next one starts from nothing.
unfinished=.venv.unfinished

begin() {
    if [ -e "$unfinished" ]; then
        works kill -0 "$(cat "$unfinished")" &&
            fail "process $(cat "$unfinished") is setting up .venv; wait until it has ended."
        rm -rf .venv
    fi
    echo $$ >"$unfinished"
    echo "Setting up .venv (about a minute, 1 GB) ..." >&2
}

with_uv() {
    works .venv/bin/python -c "" || uv venv --quiet --python "$python" .venv
    uv pip install --quiet --python .venv/bin/python -c constraints.txt -e ".[$extras]"
}

with_pip() {
    if ! works .venv/bin/python -m pip --version; then
        works "$python" -c "import ensurepip, venv" ||
            fail "$python has no venv; install it (on Debian and Ubuntu: python3-venv), or uv."
        rm -rf .venv
        "$python" -m venv .venv || return
    fi
    PIP_RETRIES=${PIP_RETRIES:-2} PIP_DEFAULT_TIMEOUT=${PIP_DEFAULT_TIMEOUT:-10} \
        .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        -c constraints.txt -e ".[$extras]"
}

stamp=".venv/suffice-$extras.$(cat pyproject.toml constraints.txt | cksum | tr ' ' '-')"
if [ ! -e "$stamp" ] || [ -e "$unfinished" ]; then
    find_python
    begin
    if works uv --version; then tool=uv; else tool=pip; fi
    if ! "with_$tool"; then
        rm -f "$unfinished"
        fail "$tool could not set up .venv, for the reason above; is there a network?"
    fi
    rm -f .venv/suffice-"$extras".*
    touch "$stamp"
    rm -f "$unfinished"
fi

run() { PATH="$root/.venv/bin:$PATH" "$@"; }
verb=${1:-help}
[ $# -eq 0 ] || shift
case "$verb" in
    test) run python -m pytest -n auto --dist worksteal "$@" ;;
    lint) run ruff check . && run ruff format --check . && run pyright ;;
    docs) run zensical build --clean --strict "$@" ;;
    help) run suffice --help ;;
    *) cd "$here" && run suffice "$verb" "$@" ;;
esac
