# The first enrolment ends at the initrds. What runs at the shutdown after it says what is true: there is no policy.
host mv usr/sbin/update-initramfs kept; printf '#!/bin/sh\nexit 1\n' >usr/sbin/update-initramfs; chmod 755 usr/sbin/update-initramfs
run bootseal enroll --key-file /key
	exit 1
	says enrolment failed; your passphrase still works
run bootseal reseal --hook
	says NO POLICY WAS MADE
	says there is no policy yet: fix the problem above and run 'bootseal enroll' again
	does not say NOT MOVED
	does not say the old policy stays in force
run cat /run/motd.d/bootseal
	says THE ENROLMENT WAS NOT FINISHED: run 'bootseal enroll' again.
	does not say THE TPM DID NOT UNLOCK
run bootseal explain
	exit 3
	says The enrolment was not finished, so nothing is sealed: run 'bootseal enroll' again.
	does not say do not type
run bootseal status
	exit 5
	says Policy none: the enrolment was not finished; run 'bootseal enroll' again
	does not say accept-current
boot
	is not enrolled
run bootseal explain
	exit 3
	says The enrolment was not finished
host mv kept usr/sbin/update-initramfs
run bootseal enroll --key-file /key
boot
	opens

# later the same failure does leave a policy
host mv usr/sbin/update-initramfs kept; rm boot/initrd.img-*
run bootseal reseal --hook
	says THE POLICY WAS NOT MOVED
	says the old policy stays in force
	does not say NO POLICY WAS MADE
