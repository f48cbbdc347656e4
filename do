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

# The first interpreter that actually runs: under version managers a name can exist and fail.
python=
for name in python3.11 python3.12 python3.13 python3; do
    if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$name
        break
    fi
done
[ -n "$python" ] || { echo "suffice needs Python 3.11 or newer; none was found on PATH." >&2; exit 2; }

stamp=".venv/suffice-$extras.$(cat pyproject.toml constraints.txt | cksum | tr ' ' '-')"
if [ ! -e "$stamp" ]; then
    echo "Setting up .venv (about a minute, 1 GB) ..." >&2
    if command -v uv >/dev/null 2>&1; then
        [ -x .venv/bin/python ] || uv venv --quiet --python "$python" .venv
        uv pip install --quiet --python .venv/bin/python -c constraints.txt -e ".[$extras]"
    else
        [ -x .venv/bin/python ] || "$python" -m venv .venv
        .venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$extras]"
    fi
    rm -f .venv/suffice-"$extras".*
    touch "$stamp"
fi

run() { PATH="$root/.venv/bin:$PATH" "$@"; }
verb=${1:-help}
[ $# -eq 0 ] || shift
case "$verb" in
    test) run python -m pytest -n auto "$@" ;;
    lint) run ruff check . && run ruff format --check . && run pyright ;;
    docs) run zensical build --clean --strict "$@" ;;
    help) run suffice --help ;;
    *) cd "$here" && run suffice "$verb" "$@" ;;
esac
