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

# at a terminal also as a QR code; two modules of light around it, half blocks where the terminal has them
terminal busybox env LANG=C.UTF-8 bootseal recovery-key --key-file /key --no-confirm --qr
	says ██ ▄▄▄▄▄ █
	says ██▄▄▄▄▄▄▄█
	says the recovery key is in keyslot
terminal bootseal recovery-key --replace --key-file /key --no-confirm --qr
	says [40m
	does not say █
	says the recovery key is in keyslot
run bootseal recovery-key --replace --key-file /key --no-confirm --qr
	does not say [107m

# without the library the key is there all the same: an empty file is in its place
host mkdir -p srv; : >srv/libqrencode.so.4
terminal busybox env LD_LIBRARY_PATH=/srv /usr/lib/bootseal/bootseal recovery-key --replace --key-file /key \
	--no-confirm --qr
	says no QR code: libqrencode.so.4 cannot be loaded: is the package libqrencode4 installed?
	says the recovery key is in keyslot
