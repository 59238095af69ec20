# Another PIN for two volumes, of which the second has no room for another keyslot: both keep the old one.
host sh $CHECKOUT/tests/world/second-volume .; tpm2_dictionarylockout -s -n 32 -t 600 -l 86400
file /pin
	| 482913
file /other
	| 111111
run bootseal enroll --key-file /key --pin-file /pin
	says the TPM's lockout hierarchy has no password
	says 'tpm2_changeauth -c lockout PASSWORD'
boot
	waits
host for n in 3000 3000 3000 1500 800 400 200 100 50 20; do printf '{"type":"x","keyslots":["0"],"x":"%s"}' \
	"$(head -c $n /dev/zero | tr '\0' a)" | cryptsetup token import dev/vdb1 2>/dev/null || :; done
run bootseal enroll --key-file /key --pin-file /other
	exit 1
	says /dev/vdb1
	says your passphrase still works
run bootseal check
	exit 5
	says will unlock after the PIN
	does not say different
power on
host $UNLOCK open || [ $? = 7 ]; printf 482913 | $UNLOCK open --pin
	says cryptroot: unlocked by the TPM
	says cryptroot2: unlocked by the TPM
host tpm2_changeauth -c lockout secret
run bootseal status
	exit 5
	says needed beside the TPM
	does not say lockout hierarchy
host tpm2_dictionarylockout -s -n 4000000 -t 0 -l 0 -p secret
run bootseal status
	exit 5
	says the TPM counts no wrong tries
