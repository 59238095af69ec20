# What `make screenshots` shows (tests/world/screenshots): each terminal line is a picture.
host mkdir -p srv sys/class/dmi/id; echo 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"' >etc/os-release
host sed -i '/ \/boot/s/ rw - / rw,nosuid,nodev,noexec,nosymfollow - /' proc/self/mountinfo
run bootseal enroll --key-file /key --no-recovery-key
terminal busybox env LANG=C.UTF-8 bootseal recovery-key --key-file /key --no-confirm --qr
run bootseal recovery-key --key-file /key --replace --sheet /srv/sheet.pdf
host cp srv/sheet.pdf $CHECKOUT/build/screenshots/
boot
	opens
install 6.1.0-56-amd64
terminal bootseal status
terminal bootseal predict --tree --default
run bootseal report --html /srv/report.html
host cp srv/report.html $CHECKOUT/build/screenshots/

# somebody edits the entry at the boot menu
host cp boot/grub/grub.cfg srv/; sed -i 's# ro quiet# ro quiet init=/bin/sh#' boot/grub/grub.cfg
boot
	asks
host cat srv/grub.cfg >boot/grub/grub.cfg
terminal bootseal explain
