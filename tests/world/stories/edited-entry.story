# Somebody edits grub.cfg while the machine is off: the passphrase, the reason, and nothing is accepted on the quiet.
run bootseal enroll --key-file /key
boot
	opens
host cp boot/grub/grub.cfg kept; sed -i 's# ro quiet# ro quiet audit=0#' boot/grub/grub.cfg
boot
	asks
	says not unlocked by the TPM: PCR 8
run bootseal explain
	says /boot/grub/grub.cfg
	says This changed PCR 8
	says ro quiet audit=0
	says added     audit=0
	does not say gone
run bootseal reseal
	exit 5
	says THE POLICY WAS NOT MOVED
	says /boot/grub/grub.cfg

# enrolling again shows it, too, and asks
run bootseal enroll --key-file /key
	exit 5
	says audit=0
	says If these changes are not yours, somebody else
terminal bootseal enroll --no-recovery-key
	asked Type "yes"
	type no
	exit 5
	does not say Passphrase of

# nor does a package bring in anything in such a boot
install 6.1.0-56-amd64
	says not accepted, because the TPM did not unlock this boot

# put back, the boot is as before
purge 6.1.0-56-amd64
host cp kept boot/grub/grub.cfg
boot
	opens
