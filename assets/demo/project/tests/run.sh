#!/bin/sh
# sh tests/run.sh [NAME...]: runs tests/NAME.sh, or all of them, each in a fresh folder.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
ledger() { sh "$root/bin/ledger" "$@"; }

# expect NAME WANTED GOT
expect() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAILED %s\n  wanted: %s\n  got:    %s\n' "$1" "$2" "$3"
	fi
}

[ $# -gt 0 ] || set -- $(cd "$here" && ls *.sh | sed 's/\.sh$//' | grep -v '^run$')

passed=0
failed=0
for name in "$@"; do
	[ -f "$here/$name.sh" ] || { echo "no test '$name'" >&2; exit 2; }
	folder=$(mktemp -d)
	LEDGER_FILE=$folder/ledger
	LEDGER_TODAY=2026-03-14
	export LEDGER_FILE LEDGER_TODAY
	. "$here/$name.sh"
	rm -r "$folder"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
