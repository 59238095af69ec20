# At the keyboard: Ctrl-C, a wrong passphrase twice, then the right one, and the boot does as it was told.
terminal bootseal enroll --no-recovery-key
	asked Passphrase of the encrypted root:
	type ^C
	exit 130
host test ! -e etc/bootseal/anchor && test ! -e var/lib/bootseal/authority.pem
terminal bootseal enroll --no-recovery-key
	asked Passphrase of the encrypted root:
	type a wrong one
	asked Passphrase of the encrypted root:
	type a passphrase?
	asked Passphrase of the encrypted root:
	type a passphrase
	says Next boot Linux 6.1.0-55-amd64 (default) will unlock automatically
	does not say a passphrase?
boot
	opens
	says cryptroot: unlocked by the TPM

# a key file that was written with echo
run bootseal remove
host { cat key; echo; } >key-and-newline
run bootseal enroll --key-file /key-and-newline
	exit 5
	says it ends with a newline, which is part of the key
run bootseal check
	exit 3
	says not enrolled
