# An image made for a cloud: its menu tries Linux without an initrd first, and no encrypted root is opened so.
file /etc/default/grub.d/40-force-partuuid.cfg
	| GRUB_FORCE_PARTUUID=00000000-0000-4000-8000-000000000003
host cp boot/grub/grub.cfg with-initrd
run update-grub
host cp boot/grub/grub.cfg as-delivered && ! cmp -s as-delivered with-initrd

# the kernel has panicked without its initrd, and GRUB tries again
grubenv initrdfail=1
boot
	is not enrolled
grubenv initrdfail=
run bootseal enroll --key-file /key
	exit 5
	says the default menu entry starts Linux without an initrd
	says GRUB_FORCE_PARTUUID is set in /etc/default/grub.d/40-force-partuuid.cfg
	says 'bootseal enroll --boot-with-initrd'
host test ! -e etc/bootseal/anchor && test ! -e etc/default/grub.d/zz-bootseal.cfg && cmp boot/grub/grub.cfg as-delivered

run bootseal enroll --key-file /key --boot-with-initrd
	exit 3
	says not enrolled yet: restart this machine
host test ! -e etc/bootseal/anchor && cmp boot/grub/grub.cfg with-initrd
boot
	is not enrolled
# told the same once more, it goes on
run bootseal enroll --key-file /key --boot-with-initrd
	says Next boot Linux 6.1.0-55-amd64 (default) will unlock automatically
boot
	opens
install 6.1.0-56-amd64
boot
	opens

run bootseal remove
	says The boot menu starts Linux without an initrd again
host test ! -e etc/default/grub.d/zz-bootseal.cfg && grep -q initrdfail=1 boot/grub/grub.cfg

# somebody's own line comes after ours: nothing is changed, and it is named
file /etc/default/grub.d/zzz.cfg
	| export GRUB_FORCE_PARTUUID="x"
run bootseal enroll --key-file /key --boot-with-initrd
	exit 5
	says /etc/default/grub.d/zzz.cfg sets GRUB_FORCE_PARTUUID after zz-bootseal.cfg
host test ! -e etc/default/grub.d/zz-bootseal.cfg

# nor is it where the menu cannot be written
run rm /etc/default/grub.d/zzz.cfg
host mv usr/sbin/update-grub kept; printf '#!/bin/sh\necho no room >&2; exit 1\n' >usr/sbin/update-grub; chmod 755 usr/sbin/update-grub
run bootseal enroll --key-file /key --boot-with-initrd
	exit 1
	says cannot write GRUB's menu
	says no room
host test ! -e etc/default/grub.d/zz-bootseal.cfg && mv kept usr/sbin/update-grub

# a change of mind before the enrolment
run bootseal enroll --key-file /key --boot-with-initrd
	exit 3
run bootseal remove
	does not say Removed:
	says The boot menu starts Linux without an initrd again
host test ! -e etc/default/grub.d/zz-bootseal.cfg && grep -q initrdfail=1 boot/grub/grub.cfg
run bootseal remove
	exit 3
