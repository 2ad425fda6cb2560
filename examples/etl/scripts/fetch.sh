#!/usr/bin/env bash
# Fetches a table from its source: fetch.sh TABLE awake|sleepy|gone
# Exit code 75 (EX_TEMPFAIL of sysexits.h) means: not now, ask again.
set -euo pipefail
table=$1 source=$2

asked=$OUT/$table.asked
echo >> "$asked"

case $source in
  awake) ;;
  sleepy)
    if (($(wc -l < "$asked") < 3)); then
      echo "$table: 503 Service Unavailable, try again later" >&2
      exit 75
    fi
    ;;
  gone)
    echo "$table: 404 Not Found: there is no such table any more" >&2
    exit 1
    ;;
esac
cat "data/$table.csv"
