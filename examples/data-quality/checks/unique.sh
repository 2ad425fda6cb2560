#!/usr/bin/env bash
# Fails when two rows have the same values in all of the columns: unique.sh FILE COLUMN...
set -euo pipefail
file=$1
shift

awk -F, -v columns="$*" '
  NR == 1 {
    wanted = split(columns, name, " ")
    for (w = 1; w <= wanted; w++) for (i = 1; i <= NF; i++) if ($i == name[w]) at[w] = i
    next
  }
  {
    key = ""
    for (w = 1; w <= wanted; w++) key = key (w > 1 ? " " : "") $(at[w])
    if (key in first) {
      printf "unique: line %d repeats line %d (%s)\n", NR, first[key], key > "/dev/stderr"
      bad++
    } else first[key] = NR
  }
  END {
    if (bad) exit 1
    printf "unique: no two rows share %s\n", columns
  }
' "$file"
