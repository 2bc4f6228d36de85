#!/bin/sh
# Creates .venv from requirements.lock and checks every file against its hash: with uv where it
# reaches the index (seconds), else with pip, which reads a company's pip.conf (a minute).
set -eu
python="${1:-}"
if [ -z "$python" ]; then
    echo "setup: found no Python >= 3.11 on PATH." >&2
    echo "Install one, or name it: make PYTHON=/path/to/python3.12 setup" >&2
    exit 2
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "setup: $python has no venv module." >&2
    echo "On Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 2
fi
echo "setup: creating .venv with $("$python" --version) ..."
"$python" -m venv --clear .venv
pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"
# The part of the lock that names uv.
awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.lock > .venv/uv.lock
$pip install --no-deps --require-hashes -r .venv/uv.lock 2>.venv/setup.log || true
# Behind a company's proxy the index has a certificate that only the system's store knows.
export UV_SYSTEM_CERTS=1
# Compiled once here: each command starts a second sooner, even where Python cannot write caches.
if ! .venv/bin/uv pip install --python .venv/bin/python --quiet --compile-bytecode \
    --no-deps --require-hashes -r requirements.lock 2>>.venv/setup.log
then
    echo "setup: uv could not install (.venv/setup.log says why); trying pip ..."
    $pip install --no-deps --require-hashes -r requirements.lock
fi
# The lock has Hatchling, so this asks no index for a build backend.
$pip install --no-deps --no-build-isolation --editable .
.venv/bin/python -m compileall -q privaci_core privaci_dagster
loaded='import sys; from privaci_core.compiled import loops; sys.exit(not loops.LOADED)'
if ! .venv/bin/python -c "$loaded"; then
    echo "setup: no C compiler works here. Everything runs, and masks take about twice as long:"
    echo "docs/explanation/path-of-a-value.md"
fi
echo "setup: done"
