# Somebody cleans up and removes the keyslot that they do not know.
run bootseal enroll --key-file /key
boot
	opens
host cryptsetup luksKillSlot -q dev/vda3 1 --key-file key
run bootseal check
	exit 5
	says No: the next boot will ask for the passphrase
	says the TPM's keyslot was removed, perhaps with 'cryptsetup luksKillSlot'; 'bootseal enroll' makes a new one
boot
	warns
	says the TPM's keyslot was removed
run bootseal enroll --key-file /key
boot
	opens
