#!/bin/sh
# Creates .venv from requirements.lock, every file checked against its hash: with uv where it can reach the
# index (seconds), else with pip, which knows a company's pip.conf (a minute).
set -eu
python="${1:-}"
if [ -z "$python" ]; then
    echo "setup: found no Python >= 3.11 on PATH. Install one, or say 'make PYTHON=/path/to/python3.12 setup'." >&2
    exit 2
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    echo "setup: $python has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2
    exit 2
fi
echo "setup: creating .venv with $("$python" --version) ..."
"$python" -m venv --clear .venv
pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"
awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.lock > .venv/uv.lock
$pip install --no-deps --require-hashes -r .venv/uv.lock 2>.venv/setup.log || true
# Behind a company's proxy the index has a certificate that the system's store knows.
export UV_SYSTEM_CERTS=1
# Compiled once here: every command starts a second sooner, even where Python may write no caches.
if ! .venv/bin/uv pip install --python .venv/bin/python --quiet --compile-bytecode --no-deps --require-hashes \
    -r requirements.lock 2>>.venv/setup.log
then
    echo "setup: uv could not install (its words are in .venv/setup.log); trying pip ..."
    $pip install --no-deps --require-hashes -r requirements.lock
fi
# Hatchling is locked too, so the project itself installs without asking an index for a build backend.
$pip install --no-deps --no-build-isolation --editable .
.venv/bin/python -m compileall -q privaci_core privaci_dagster
if ! .venv/bin/python -c 'import sys; from privaci_core.compiled import loops; sys.exit(not loops.LOADED)'; then
    echo "setup: found no C compiler; everything works, but masks take longer (docs/explanation/path-of-a-value.md)."
fi
echo "setup: done"
