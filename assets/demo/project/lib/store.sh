# Where the entries are: lines of date, cents, category and note, parted by tabs.

LEDGER_FILE=${LEDGER_FILE:-${HOME:-.}/.ledger}
tab=$(printf '\t')

fail() {
	echo "ledger: $*" >&2
	exit 2
}

# Today, or the day that a test says it is.
today() {
	echo "${LEDGER_TODAY:-$(date +%Y-%m-%d)}"
}

# All entries, oldest first.
entries() {
	if [ -f "$LEDGER_FILE" ]; then sort "$LEDGER_FILE"; fi
}

# append DATE CENTS CATEGORY NOTE
append() {
	printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" >>"$LEDGER_FILE"
}
