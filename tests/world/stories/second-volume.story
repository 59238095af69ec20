# The root is not the only volume: an encrypted swap to resume from, and /home.
file /etc/crypttab
	| cryptroot UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks,discard
	| cryptswap UUID=5ea1ab1e-0000-4000-8000-000000000002 none luks,swap
	| crypthome UUID=5ea1ab1e-0000-4000-8000-000000000003 none luks
file /etc/fstab
	| /dev/mapper/cryptroot / ext4 defaults 0 1
	| /dev/mapper/cryptswap none swap sw 0 0
	| /dev/mapper/crypthome /home ext4 defaults 0 2
host mkdir -p etc/initramfs-tools/conf.d; echo RESUME=/dev/mapper/cryptswap >etc/initramfs-tools/conf.d/resume
run bootseal enroll --key-file /key
	says BUT THEN IT MAY WAIT FOR A PERSON: the volume cryptswap
	says asks for its passphrase in the initramfs
	says BUT THEN IT MAY WAIT FOR A PERSON: the volume crypthome
boot
	opens
run bootseal check
	exit 5
	says No: the next boot will unlock the root, but then it may wait for a person
	says the volume cryptswap
	says the volume crypthome
	does not say Yes
run bootseal status
	exit 5
	says A PERSON: the volume crypthome

# a key of one boot for the swap, a key file on the root for /home
file /etc/crypttab
	| cryptroot UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks,discard
	| cryptswap UUID=5ea1ab1e-0000-4000-8000-000000000002 /dev/urandom swap
	| crypthome UUID=5ea1ab1e-0000-4000-8000-000000000003 /etc/keys/home luks
host rm etc/initramfs-tools/conf.d/resume; mkdir etc/keys; echo key >etc/keys/home
run update-initramfs -u -k 6.1.0-55-amd64
run bootseal check
	says Yes: the next boot will unlock automatically
