# The policy index cannot be removed: the TPM has an owner password. `remove` does the rest, and says why and what then.
run bootseal enroll --key-file /key
boot
	opens
host tpm2_changeauth -Q -c owner secret
run bootseal remove
	says The policy index stays in the TPM: TPM: NV_UndefineSpace: authorisation refused: is an owner password set?
	says clear the TPM in the firmware's settings
boot
	is not enrolled
# without the password it goes, too
host tpm2_changeauth -Q -c owner -p secret
run bootseal remove
	exit 3
	says 'tpm2_nvundefine 0x0180b007' removes it
