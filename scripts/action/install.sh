#!/usr/bin/env bash
# The first step of action.yml: makes the Engine of the action's own revision ready to run.
set -euo pipefail

case "$ENGINE_ACTION_VERSION" in
  project) exit 0 ;;
  action) ;;
  *)
    echo "::error::the input \`version\` is \`action\` or \`project\`; for another version of Engine, pin the action itself"
    exit 2
    ;;
esac

cd "$ENGINE_ACTION_ROOT"
# A runner that stays keeps it from the last time.
if [[ ! -e dist/engine.cjs ]]; then
  # The Node that it needs comes with it, whichever the runner has.
  npm ci --no-audit --no-fund --loglevel=error
fi
