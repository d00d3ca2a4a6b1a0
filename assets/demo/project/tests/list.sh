expect "an empty ledger lists nothing" "" "$(ledger list)"
ledger add 12.50 food lunch
ledger add 3 coffee
expect "all entries" 2 "$(ledger list | grep -c .)"
expect "one category" "2026-03-14      12.50  food  lunch" "$(ledger list food)"
