#!/usr/bin/env bash
# Fails when more values are empty than is borne: empty.sh FILE MAX
set -euo pipefail

awk -F, -v max="$2" '
  NR == 1 { split($0, name); next }
  { for (i = 1; i <= NF; i++) if ($i == "") { printf "empty: line %d has no %s\n", NR, name[i] > "/dev/stderr"; empty++ } }
  END {
    if (empty > max) { printf "empty: %d values, expected at most %d\n", empty, max > "/dev/stderr"; exit 1 }
    printf "empty: %d values, which is fine\n", empty
  }
' "$1"
