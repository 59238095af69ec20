# A link planted on /boot while the machine was off leads into the unlocked root.
run bootseal enroll --key-file /key
boot
	opens
host ln -s /etc/profile.d/x.sh boot/grub/themes
boot
	opens
	says /boot/grub/themes
run bootseal scan
	exit 5
	says /boot/grub/themes
install 6.1.0-56-amd64
	says /boot/grub/themes
	says NOT MOVED
host rm boot/grub/themes
