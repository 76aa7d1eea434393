#!/usr/bin/env bash
# The proofs about infra/: Terraform itself, offline, against the provider's schema; what it plans; checkov; the scripts.
# `deploy/proof/run` calls this with PYTHON, its own interpreter; alone, it makes one.
# Usage: deploy/proof/terraform.sh [what pytest takes]
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

if [ -z "${PYTHON:-}" ]; then
    venv=${XDG_CACHE_HOME:-$HOME/.cache}/laurel-proof
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --requirement "$HERE/requirements.txt"
    PYTHON=$venv/bin/python
fi
export PYTHONDONTWRITEBYTECODE=1
exec "$PYTHON" -m pytest --quiet -p no:cacheprovider "$HERE/terraform" "$HERE/../../infra/tests" "$@"
