# The policy index cannot be removed: the TPM has an owner password. `remove` does the rest, and says why and what then.
run bootseal enroll --key-file /key
boot
	opens
host tpm2_changeauth -Q -c owner secret
run bootseal remove
	says The policy index stays in the TPM: NV_UndefineSpace: authorisation refused: is an owner password set?
	says clear the TPM in the firmware's settings
boot
	is not enrolled
# without the password it goes, too
host tpm2_changeauth -Q -c owner -p secret
run bootseal remove
	exit 3
	says 'tpm2_nvundefine 0x0180b007' removes it

# an index that somebody else removed; each sentence names the TPM once
host tpm2_nvundefine -Q -C o 0x0180b007
run bootseal enroll --key-file /key
boot
	opens
host tpm2_nvundefine -Q -C o 0x0180b007
boot
	asks
	says cryptroot: not unlocked by the TPM: the policy index 0x0180b007 was deleted
run bootseal status
	exit 5
	says NOT unlocked by the TPM: the policy index 0x0180b007 was deleted
run bootseal explain
	says The TPM did not unlock this boot: the policy index 0x0180b007 was deleted.
host cat run/motd.d/bootseal
	says THE TPM DID NOT UNLOCK THIS BOOT: the policy index 0x0180b007 was deleted
