# An enrolment that takes the PIN away ends before its initrds: the boot in force still wants it, and nobody says that it does not.
file /pin
	| 482913
run bootseal enroll --key-file /key --pin-file /pin
boot
	waits
host mv usr/sbin/update-initramfs kept; printf '#!/bin/sh\nexit 1\n' >usr/sbin/update-initramfs; chmod 755 usr/sbin/update-initramfs
run bootseal enroll --key-file /key
	exit 1
run bootseal check
	exit 5
	does not say Yes
	says after the PIN
run bootseal status
	exit 5
	says after the PIN
boot
	waits
host mv kept usr/sbin/update-initramfs
run bootseal enroll --key-file /key
run bootseal check
	says Yes
boot
	opens
