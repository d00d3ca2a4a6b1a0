# Shows the entries, oldest first.
# usage: list [CATEGORY]
entries | awk -F "$tab" -v only="${1:-}" '
	only == "" || $3 == only {
		line = sprintf("%s  %6d.%02d  %s  %s", $1, int($2 / 100), $2 % 100, $3, $4)
		sub(/ *$/, "", line)
		print line
	}'
