#!/bin/sh
# sh scripts/bench.sh: how long the reports take on 20,000 entries.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
LEDGER_FILE=$folder/ledger
export LEDGER_FILE

awk 'BEGIN {
	split("food coffee rent books travel", name, " ")
	for (i = 0; i < 20000; i++)
		printf "2026-%02d-%02d\t%d\t%s\t\n", i % 12 + 1, i % 28 + 1, i % 5000 + 1, name[i % 5 + 1]
}' >"$LEDGER_FILE"

for command in list month; do
	[ -f "$root/lib/commands/$command.sh" ] || continue
	begin=$(date +%s)
	sh "$root/bin/ledger" "$command" >/dev/null
	echo "$command: 20000 entries in $(($(date +%s) - begin)) s"
done
