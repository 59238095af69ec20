# A TPM of the old kind.
hardware tpm 1.2
run bootseal enroll --key-file /key
	exit 4
	says this is a TPM 1.2, and bootseal needs a TPM 2.0
	says your passphrase still works
