#!/usr/bin/env bash
# Joins orders with customers and adds up the revenue: revenue-by-country.sh ORDERS_CSV CUSTOMERS_CSV
set -euo pipefail

echo "country,orders,revenue"
awk -F, '
  FNR == 1 { next }
  NR == FNR { country[$1] = $2; next }
  !($2 in country) { print "order " $1 " is of customer " $2 ", whom nobody knows" > "/dev/stderr"; bad = 1; next }
  { orders[country[$2]]++; revenue[country[$2]] += $3 }
  END {
    if (bad) exit 1
    for (c in orders) printf "%s,%d,%.2f\n", c, orders[c], revenue[c]
  }
' "$2" "$1" | sort
