# Money is whole cents everywhere but where a person reads or writes it.

# to_cents 12.5 prints 1250; fails on what is not an amount.
to_cents() {
	case $1 in
	'' | .* | *[!0-9.]* | *.*.*) return 1 ;;
	esac
	cents=
	case $1 in
	*.*) cents=${1#*.} ;;
	esac
	[ ${#cents} -le 2 ] || return 1
	while [ ${#cents} -lt 2 ]; do cents=${cents}0; done
	echo "${1%%.*}$cents" | sed 's/^0*\(.\)/\1/'
}

# from_cents 1250 prints 12.50
from_cents() {
	awk -v cents="$1" 'BEGIN { printf "%d.%02d\n", int(cents / 100), cents % 100 }'
}
