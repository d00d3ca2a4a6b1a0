# Writes one entry down.
# usage: add AMOUNT CATEGORY [NOTE]
[ $# -ge 2 ] || fail "usage: ledger add AMOUNT CATEGORY [NOTE]"
cents=$(to_cents "$1") || fail "'$1' is not an amount"
append "$(today)" "$cents" "$2" "${3:-}"
