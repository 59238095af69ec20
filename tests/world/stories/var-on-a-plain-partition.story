# /var is a partition of its own without encryption: the authority key would lie there in the clear.
host mkdir -p run/udev/data; printf '%s\n' E:ID_PART_ENTRY_NUMBER=4 E:ID_PART_ENTRY_DISK=254:0 E:ID_FS_TYPE=ext4 \
	E:ID_FS_UUID=0badcafe-0000-4000-8000-000000000004 >run/udev/data/b254:4
host echo '23 20 254:4 / /var rw - ext4 /dev/vda4 rw' >>proc/self/mountinfo; \
	echo 'UUID=0badcafe-0000-4000-8000-000000000004 /var ext4 defaults 0 2' >>etc/fstab
run bootseal enroll --key-file /key
	exit 1
	says /var
	does not say will unlock automatically
