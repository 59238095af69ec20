# The installers' default: root and swap in one volume group on one LUKS volume; names with dashes.
host d=$(stat -c %Hd:%Ld .); mv sys/dev/block/$d sys/dev/block/254:10; mkdir -p sys/dev/block/$d/dm sys/dev/block/$d/slaves/dm-0; \
	echo LVM-abcdefroot >sys/dev/block/$d/dm/uuid; echo debian--vg-root >sys/dev/block/$d/dm/name; \
	echo 254:10 >sys/dev/block/$d/slaves/dm-0/dev
host mkdir -p sys/dev/block/254:11/dm sys/dev/block/254:11/slaves/dm-0; echo LVM-abcdefswap >sys/dev/block/254:11/dm/uuid; \
	echo debian--vg-swap_1 >sys/dev/block/254:11/dm/name; echo 254:10 >sys/dev/block/254:11/slaves/dm-0/dev
host sed -i 's|/dev/mapper/cryptroot|/dev/mapper/debian--vg-root|' proc/self/mountinfo; \
	mkdir -p etc/initramfs-tools/conf.d; echo RESUME=/dev/mapper/debian--vg-swap_1 >etc/initramfs-tools/conf.d/resume
host printf '#!/bin/sh\ncat /pvs\n' >usr/sbin/lvm; chmod 755 usr/sbin/lvm; \
	printf '  debian-vg\t/dev/mapper/cryptroot\tabc\n  debian-vg\t/dev/vdb\tdef\n' >pvs
file /etc/fstab
	| /dev/mapper/debian--vg-root / ext4 errors=remount-ro 0 1
	| /dev/mapper/debian--vg-swap_1 none swap sw 0 0
# a disk in the clear in the same group, even if nothing of the root lies there
run bootseal enroll --key-file /key
	exit 1
	says the volume group 'debian-vg' has the disk '/dev/vdb', which is not on an enrolled volume
host sed -i 2d pvs
run bootseal enroll --key-file /key
	says cryptroot (/dev/vda3)
	says will unlock automatically
	does not say /etc/fstab, none
boot
	opens
run bootseal check
	says Yes: the next boot will unlock automatically
	does not say /etc/fstab, none
run bootseal lvm
	says IDTYPE=crypt_uuid IDNAME=CRYPT-LUKS2-5ea1ab1e000040008000000000000001-cryptroot
install 6.1.0-56-amd64
boot
	opens

# the group is extended by a disk in the clear, and then the root grows onto it
host printf '  debian-vg\t/dev/vdb\tdef\n' >>pvs
run bootseal check
	says warning: LVM: the volume group 'debian-vg' has the disk '/dev/vdb', which is not on an enrolled volume
host d=$(stat -c %Hd:%Ld .); mkdir -p sys/dev/block/$d/slaves/vdb; echo 254:16 >sys/dev/block/$d/slaves/vdb/dev
run bootseal check
	exit 5
	says the root: the root file system lies on 'vdb', too, which is not encrypted

# at the boot after it, another disk has the name of the swap
host s=etc/systemd/system/dev-mapper-debian\\x2d\\x2dvg\\x2dswap_1.swap.d/50-bootseal.conf; grep -q Requires=bootseal-device@ $s; \
	rm -r sys/dev/block/254:11/slaves/dm-0; mkdir sys/dev/block/254:11/slaves/vdb; echo 254:16 >sys/dev/block/254:11/slaves/vdb/dev
run bootseal device /dev/mapper/debian--vg-swap_1
	exit 5
	says /dev/mapper/debian--vg-swap_1 (debian--vg-swap_1) is not on an enrolled volume
run bootseal device /dev/mapper/debian--vg-gone
	exit 1
run bootseal remove
run bootseal device /dev/mapper/debian--vg-swap_1
host ! ls etc/systemd/system/*/50-bootseal.conf
