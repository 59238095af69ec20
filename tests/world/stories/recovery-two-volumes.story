# One recovery key for two volumes. Where the second has no room for a new one, the old one opens both as before, and that is said.
host sh $CHECKOUT/tests/world/second-volume .; mkdir -p srv; \
	printf 'for d in vda3 vdb1; do cryptsetup open --test-passphrase --key-file "$1" dev/$d && echo opens $d || echo not $d; done\n' >tried
run bootseal recovery-key --key-file /key --no-confirm >/srv/old
host tr -d '\n' <srv/old >old; sh tried old
	says opens vda3
	says opens vdb1
host for n in 3000 3000 3000 1500 800 400 200 100 50 20; do printf '{"type":"x","keyslots":["0"],"x":"%s"}' \
	"$(head -c $n /dev/zero | tr '\0' a)" | cryptsetup token import dev/vdb1 2>/dev/null || :; done
run bootseal recovery-key --replace --key-file /key --no-confirm >/srv/new
	exit 1
	says THE KEY ABOVE DOES NOT WORK: it could not be stored: /dev/vdb1
host tr -d '\n' <srv/new >new; sh tried new
	says not vda3
	says not vdb1
host sh tried old
	says opens vda3
	says opens vdb1
run bootseal recovery-key --test --key-file /srv/old
	says Correct
run bootseal recovery-key --replace --key-file /key --sheet /srv/sheet.pdf
	exit 1
	says THE KEY ON THE SHEET DOES NOT WORK
host test ! -e srv/sheet.pdf
