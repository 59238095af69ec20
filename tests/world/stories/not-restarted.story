# apt brought a kernel, nobody restarted, then bootseal was installed: restart first, and what differs is shown.
host rm -r run/bootseal/*; mv etc/kernel/postinst.d/zzz-bootseal etc/initramfs/post-update.d/bootseal tmp/
host printf '#!/bin/sh\n' >etc/initramfs/post-update.d/none; chmod 755 etc/initramfs/post-update.d/none
run kernel install 6.1.0-56-amd64
run kernel grub
host mv tmp/zzz-bootseal etc/kernel/postinst.d/; mv tmp/bootseal etc/initramfs/post-update.d/
run bootseal enroll --key-file /key
	exit 5
	says bootseal: restart this machine, then run 'bootseal enroll' again
	says Loading Linux 6.1.0-56-amd64
	says measured `...
	says Loading Linux 6.1.0-55-amd64
boot
	is not enrolled
run bootseal enroll --key-file /key
	says Next boot Linux 6.1.0-56-amd64 (default) will unlock automatically
boot
	opens
boot kernel 6.1.0-55-amd64
	opens
