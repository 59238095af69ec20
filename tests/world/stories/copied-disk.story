# A copy of the whole disk is plugged in (dd, Clonezilla): the boot may take either. udev finds it before the disk or
# after it.
host for n in 1 2 3; do sed 's/^E:ID_PART_ENTRY_DISK=.*/E:ID_PART_ENTRY_DISK=8:0/' run/udev/data/b254:$n >copy-$n; \
	cp copy-$n run/udev/data/b8:$n; done
run bootseal enroll --key-file /key
	exit 1
	says have the same UUID
	says a copy of this disk is plugged in
	says unplug one of them
	does not say is not mounted
host rm run/udev/data/b8:*; for n in 1 2 3; do cp copy-$n run/udev/data/b259:$n; done
run bootseal enroll --key-file /key
	exit 1
	says have the same UUID
	does not say is not mounted
host rm run/udev/data/b259:*
run bootseal enroll --key-file /key
boot
	opens

# it is plugged in later
host cp copy-1 run/udev/data/b253:17
run bootseal check
	exit 5
	says the partitions 254:1 and 253:17 have the same UUID
	does not say is not mounted
host rm run/udev/data/b253:17

# the volume alone was copied, to a disk without a partition table
host sed '/^E:ID_PART_ENTRY/d' copy-3 >run/udev/data/b8:32
run bootseal check
	exit 5
	says the block devices
	says have the same UUID
	says a copy of this disk is plugged in
host rm run/udev/data/b8:32
run bootseal check
	exit 0
