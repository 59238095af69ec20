# The root's disk comes late, and another line stands beside it in the initrd's crypttab: the window stays open for it.
run bootseal enroll --key-file /key
power on
host mv dev/vda3 dev/late; echo "cryptswap $PWD/dev/swap none luks,swap" >>run/initramfs/crypttab
host $UNLOCK open
	exit 7
	says is missing; waiting for it
host mv dev/late dev/vda3
host $UNLOCK open
	says cryptroot: unlocked by the TPM
# and then no more
host $UNLOCK open
	exit 5
	says the window is closed (PCR 15): the TPM does not unlock until the next boot

# it never comes: the window is closed before the shell
power on
host mv dev/vda3 dev/late
host $UNLOCK open
	exit 7
host $UNLOCK close
host mv dev/late dev/vda3
host $UNLOCK open
	exit 5
