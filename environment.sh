#!/bin/sh
# Make .venv from requirements.lock, unless it is there already. Decided by content: a digest of the lock and pyproject.toml.
set -eu
cd "$(dirname "$0")"

say() { printf '%s\n' "$*" >&2; }
fail() { say "The environment cannot be made: $1"; say "  $2"; exit 1; }

python=${PYTHON3:-}
for candidate in "$python" python3.13 python3.12 python3.11 python3 python; do
  [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 || continue
  "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null && { python=$candidate; break; }
  python=
done
[ -n "$python" ] || fail "Python 3.11 or later was not found." "Install it (Debian: sudo apt-get install python3 python3-venv), or name it: PYTHON3=/path/to/python make report"

wanted=$("$python" -c 'import hashlib, sys
print(hashlib.sha256(b"".join(open(name, "rb").read() for name in sys.argv[1:])).hexdigest())' requirements.lock pyproject.toml environment.sh)
here=$(pwd)
[ "$(cat .venv/.ready 2>/dev/null || true)" = "$wanted $here" ] && exit 0

rm -rf .venv
if command -v uv >/dev/null 2>&1; then
  say "making .venv with uv (a minute or so, once)"
  uv venv --quiet --python "$python" .venv
  uv pip sync --quiet --python .venv/bin/python --require-hashes requirements.lock
  uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
else
  say "making .venv with pip (a few minutes, once)"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "this Python has no venv." "Debian and Ubuntu: sudo apt-get install python3-venv"
  "$python" -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
fi
# Python reads this file before it knows a path's encoding: from here to the sources, in ASCII, wherever the project lies.
for path in .venv/lib/python3*/site-packages/evalkit.pth; do printf '../../../../src\n' > "$path"; done
printf '%s' "$wanted $here" > .venv/.ready
