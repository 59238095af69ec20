# A recovery key that only one of two volumes has: it is told, replaced on both, and removed from either.
host mkdir -p srv; printf 'cryptsetup open --test-passphrase --key-file "$1" dev/$2\n' >opens
run bootseal recovery-key --key-file /key --no-confirm >/srv/old
host sh $CHECKOUT/tests/world/second-volume .; tr -d '\n' <srv/old >old; ! sh opens old vdb1
run bootseal enroll --key-file /key --recovery-key --no-confirm
	says /dev/vdb1 has no recovery key, though another volume has one
	says 'bootseal recovery-key --replace'
run bootseal recovery-key --key-file /key --no-confirm
	exit 5
	says there already is a recovery key, but not of /dev/vdb1
run bootseal recovery-key --replace --key-file /key --no-confirm >/srv/new
host tr -d '\n' <srv/new >new; sh opens new vda3; sh opens new vdb1; ! sh opens old vda3
host cryptsetup luksKillSlot -q --key-file key dev/vda3 2
run bootseal recovery-key --remove --key-file /srv/new
	exit 5
	says a passphrase that stays
host ! sh opens new vda3; sh opens new vdb1
run bootseal remove --image --key-file /key
	says Nothing of bootseal's keys is left
host ! sh opens new vdb1
run bootseal recovery-key --remove --key-file /key
	exit 1
	says no recovery key
