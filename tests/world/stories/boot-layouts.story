# Where /boot and the EFI partition may be.
host cp proc/self/mountinfo mountinfo; cp -a run/udev/data data

# /boot inside of the encrypted root
host sed '/ \/boot /d' mountinfo >proc/self/mountinfo
run bootseal enroll --key-file /no-such-file
	exit 1
	says /boot is not on a plain partition of a disk

# on a RAID
host sed 's#^21 20 254:2 #21 20 9:0 #' mountinfo >proc/self/mountinfo; \
	sed -i s/ID_FS_TYPE=ext4/ID_FS_TYPE=linux_raid_member/ run/udev/data/b254:2; \
	printf 'E:ID_FS_TYPE=ext4\nE:ID_FS_UUID=d83bebd6-a56a-4dd2-9eb0-e514bcb77191\n' >run/udev/data/b9:0
run bootseal enroll --key-file /no-such-file
	exit 1
	says it has LVM, RAID or encryption below it, or is btrfs
host rm run/udev/data/b9:0; cp data/* run/udev/data/

# a subvolume of btrfs
host sed 's#^21 20 254:2 / /boot rw - ext4#21 20 0:55 /@boot /boot rw - btrfs#' mountinfo >proc/self/mountinfo; \
	sed -i s/ID_FS_TYPE=ext4/ID_FS_TYPE=btrfs/ run/udev/data/b254:2
run bootseal enroll --key-file /no-such-file
	exit 1
	says or is btrfs
host cp data/* run/udev/data/

host sed /efi/d mountinfo >proc/self/mountinfo
run bootseal enroll --key-file /no-such-file
	exit 1
	says is not mounted: mount it, usually at /boot/efi

# another mount point is as good
host sed 's#/boot/efi#/efi#' mountinfo >proc/self/mountinfo; mv boot/efi efi
run bootseal enroll --key-file /key
	says Next boot Linux 6.1.0-55-amd64 (default) will unlock automatically
