ledger add 12.50 food "lunch with Ida"
ledger add 3 coffee
ledger add 0.05 food
expect "an amount is kept as cents" "1250 300 5" "$(cut -f2 "$LEDGER_FILE" | tr '\n' ' ' | sed 's/ $//')"
expect "an entry has its day" "2026-03-14" "$(cut -f1 "$LEDGER_FILE" | sort -u)"
expect "what is no amount is refused" "ledger: '1.2.3' is not an amount" "$(ledger add 1.2.3 food 2>&1)"
expect "half a cent is refused" "ledger: '0.005' is not an amount" "$(ledger add 0.005 food 2>&1)"
