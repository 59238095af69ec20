# A recovery key is made unattended and kept; a boot is edited; the key opens the volume, also from a rescue system.
run bootseal enroll --key-file /key
run bootseal recovery-key --key-file /key --no-confirm | cat >/noted
host printf %s "$(cat noted)" >noted.key; cryptsetup open --test-passphrase --key-file noted.key dev/vda3
boot
	opens
run bootseal status
	says recovery key
host sed -i 's# ro quiet# ro quiet audit=0#' boot/grub/grub.cfg
boot
	asks
	says PCR 8

# enrolling again after that leaves the recovery key
run kernel grub
run bootseal enroll --key-file /key
boot
	opens
host cryptsetup open --test-passphrase --key-file noted.key dev/vda3
run bootseal recovery-key --remove --key-file /key
host cryptsetup open --test-passphrase --key-file noted.key dev/vda3
	exit 2

# at a terminal also as a QR code, and without the program that draws it the key is there all the same
terminal bootseal recovery-key --key-file /key --no-confirm --qr
	says no QR code: cannot start qrencode: is it installed?
	says the recovery key is in keyslot
host printf '#!/bin/sh\nread -r key\necho "drawn $* ${#key}"\n' >bin/qrencode; chmod 755 bin/qrencode
terminal busybox env LANG=C.UTF-8 bootseal recovery-key --replace --key-file /key --no-confirm --qr
	says drawn -t ANSIUTF8 -m 2 55
	says the recovery key is in keyslot
run bootseal recovery-key --replace --key-file /key --no-confirm --qr
	does not say drawn
