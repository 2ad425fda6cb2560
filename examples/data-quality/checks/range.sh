#!/usr/bin/env bash
# Fails when a value of a column is not a number in its range: range.sh FILE COLUMN MIN MAX
set -euo pipefail

awk -F, -v column="$2" -v min="$3" -v max="$4" '
  NR == 1 {
    for (i = 1; i <= NF; i++) if ($i == column) at = i
    if (!at) { printf "range: there is no column %s\n", column > "/dev/stderr"; missing = 1; exit 1 }
    next
  }
  $at == "" { next }
  $at !~ /^-?[0-9]+(\.[0-9]+)?$/ || $at + 0 < min || $at + 0 > max {
    printf "range: line %d has %s = %s, expected %s to %s\n", NR, column, $at, min, max > "/dev/stderr"
    bad++
  }
  END {
    if (missing || bad) exit 1
    printf "range: every %s is between %s and %s\n", column, min, max
  }
' "$1"
