#!/usr/bin/env bash
# The second step of action.yml: from its inputs, which come in the environment, to a call of `engine validate`.
set -euo pipefail

case "$ENGINE_ACTION_VERSION" in
  project) engine=(npx --no engine) ;;
  *) engine=("$ENGINE_ACTION_ROOT/node_modules/.bin/node" "$ENGINE_ACTION_ROOT/dist/engine.cjs") ;;
esac

arguments=("--fail-on=$ENGINE_ACTION_FAIL_ON")
if [[ -n "$ENGINE_ACTION_BASE" ]]; then
  arguments+=("--base=$ENGINE_ACTION_BASE")
fi

# One a line, without the blanks around it; empty lines say nothing.
each_line() {
  local line
  while IFS= read -r line || [[ -n "$line" ]]; do
    line="${line#"${line%%[![:space:]]*}"}"
    line="${line%"${line##*[![:space:]]}"}"
    if [[ -n "$line" ]]; then printf '%s\0' "$line"; fi
  done <<< "$1"
}

while IFS= read -r -d '' format; do
  arguments+=("--format=$format")
done < <(each_line "$ENGINE_ACTION_FORMAT")

# What follows is a path, whatever it looks like.
arguments+=(--)
while IFS= read -r -d '' path; do
  arguments+=("$path")
done < <(each_line "$ENGINE_ACTION_PATHS")

exec "${engine[@]}" validate "${arguments[@]}"
