# A btrfs over two LUKS volumes: enrolling refuses what would restart at every boot.
host d=$(stat -c %Hd:%Ld .); mkdir -p sys/fs/btrfs/aaaa/devices/dm-0 sys/fs/btrfs/aaaa/devices/dm-1 sys/dev/block/254:4/dm; \
	echo $d >sys/fs/btrfs/aaaa/devices/dm-0/dev; echo 254:4 >sys/fs/btrfs/aaaa/devices/dm-1/dev; \
	echo cryptroot2 >sys/dev/block/254:4/dm/name
run bootseal enroll --key-file /key
	exit 1
	says on more than one volume: on 'cryptroot' and on 'cryptroot2', too
host test ! -e etc/bootseal/anchor && test ! -e var/lib/bootseal/authority.pem

# on one volume it is fine; the second one comes later ("btrfs device add")
host mv sys/fs/btrfs/aaaa/devices/dm-1 later
run bootseal enroll --key-file /key
boot
	opens
host mv later sys/fs/btrfs/aaaa/devices/dm-1
run bootseal check
	exit 5
	says the root file system lies on more than one volume: on 'cryptroot' and on 'cryptroot2', too
