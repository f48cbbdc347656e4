#!/bin/sh
# ./do demo   set up on first use, then run the main job on two examples
# ./do test   the test suite        ./do lint   lint and types      ./do docs   build the docs
# ./do release  what must hold before a release, and what remains for a person; it uploads nothing
# ./do bench  every benchmark in a short form, on one page, in at most ten minutes
# ./do newest, ./do oldest   the test suite on the newest Python that is found, and with the
#                            lowest versions that pyproject.toml allows
# ./do <any suffice verb> ...       e.g. ./do rank two-layer --inputs 4 --width 3
set -eu
here=$PWD # files named on the command line are relative to this
cd "$(dirname "$0")"
root=$PWD

extras=test
venv=.venv
constraints=constraints.txt
versions="3.11 3.12 3.13"
least=11
absent=2 # the exit code where no Python is found
case "${1:-help}" in
    lint | docs | release) extras=dev ;;
    bench) extras=benchmark ;;
    newest) venv=.venv-newest versions="3.13 3.12" least=12 absent=69 ;;
    oldest) venv=.venv-oldest constraints=constraints-oldest.txt ;;
esac

fail() {
    echo "suffice: $1" >&2
    exit "${2:-2}"
}

works() { "$@" >/dev/null 2>&1; }

# The interpreters that actually run, one of each version, one a line: under version managers a
# name can exist and fail.
interpreters() {
    pyenv=$(pyenv root 2>/dev/null || true)/versions
    for version in $versions; do
        for python in "python$version" "$pyenv/$version".*/bin/python; do
            if works "$python" -c ""; then
                echo "$python"
                break
            fi
        done
    done
}

find_python() {
    python=$(interpreters | head -n 1)
    [ -z "$python" ] || return 0
    python=python3
    works python3 -c "import sys; sys.exit(sys.version_info < (3, $least))" && return
    fail "it needs Python 3.$least or newer, and none was found." $absent
}

# A set-up that was stopped leaves this file, and the next one starts from nothing.
unfinished=$venv.unfinished

begin() {
    if [ -e "$unfinished" ]; then
        works kill -0 "$(cat "$unfinished")" &&
            fail "process $(cat "$unfinished") is setting up $venv; wait until it has ended."
        rm -rf "$venv"
    fi
    echo $$ >"$unfinished"
    echo "Setting up $venv (about a minute, 1.5 GB) ..." >&2
}

with_uv() {
    works "$venv/bin/python" -c "" || uv venv --quiet --python "$python" "$venv"
    uv pip install --quiet --python "$venv/bin/python" -c "$constraints" -e ".[$extras]"
}

with_pip() {
    if ! works "$venv/bin/python" -m pip --version; then
        works "$python" -c "import ensurepip, venv" ||
            fail "$python has no venv; install it (on Debian and Ubuntu: python3-venv), or uv."
        rm -rf "$venv"
        "$python" -m venv "$venv" || return
    fi
    PIP_RETRIES=${PIP_RETRIES:-2} PIP_DEFAULT_TIMEOUT=${PIP_DEFAULT_TIMEOUT:-10} \
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        -c "$constraints" -e ".[$extras]"
}

stamp="$venv/suffice-$extras.$(cat pyproject.toml "$constraints" | cksum | tr ' ' '-')"
if [ ! -e "$stamp" ] || [ -e "$unfinished" ]; then
    find_python
    begin
    if works uv --version; then tool=uv; else tool=pip; fi
    if ! "with_$tool"; then
        rm -f "$unfinished"
        fail "$tool could not set up $venv, for the reason above; is there a network?"
    fi
    rm -f "$venv/suffice-$extras".*
    touch "$stamp"
    rm -f "$unfinished"
fi

run() { PATH="$root/$venv/bin:$PATH" "$@"; }
verb=${1:-help}
[ $# -eq 0 ] || shift
case "$verb" in
    test | newest | oldest) run python -m pytest -n auto --dist worksteal "$@" ;;
    lint) run ruff check . && run ruff format --check . && run pyright ;;
    bench) run python benchmarks/together.py "$@" ;;
    docs) run zensical build --clean --strict "$@" ;;
    release)
        PYTHONS=$(interpreters)
        export PYTHONS
        run python -u .ci/release.py
        ;;
    help) run suffice --help ;;
    *) cd "$here" && run suffice "$verb" "$@" ;;
esac
