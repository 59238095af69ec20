# A btrfs over two LUKS volumes: both are enrolled, and both open.
host d=$(stat -c %Hd:%Ld .); mkdir -p sys/fs/btrfs/aaaa/devices/dm-0 sys/fs/btrfs/aaaa/devices/dm-1 sys/dev/block/254:4/dm; \
	echo $d >sys/fs/btrfs/aaaa/devices/dm-0/dev; echo 254:4 >sys/fs/btrfs/aaaa/devices/dm-1/dev; \
	echo cryptroot2 >sys/dev/block/254:4/dm/name
# as long as the second one is a plain disk, nothing is written
run bootseal enroll --key-file /key
	exit 1
	says the root file system lies on 'cryptroot2', too, which is not encrypted
host test ! -e etc/bootseal/anchor && test ! -e var/lib/bootseal/authority.pem

host truncate -s 20M dev/vdb1; printf 'another one' | cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 \
	--uuid 5ea1ab1e-0000-4000-8000-000000000002 --pbkdf-force-iterations 1000 dev/vdb1 -; \
	ln -s ../../vdb1 dev/disk/by-uuid/5ea1ab1e-0000-4000-8000-000000000002; \
	echo CRYPT-LUKS2-5ea1ab1e000040008000000000000002-cryptroot2 >sys/dev/block/254:4/dm/uuid; \
	mkdir -p sys/dev/block/254:4/slaves/vdb1; echo 254:17 >sys/dev/block/254:4/slaves/vdb1/dev
run bootseal enroll --key-file /key
	exit 1
	says /etc/crypttab: no line for the mapping 'cryptroot2', which the root file system lies on
append /etc/crypttab
	| cryptroot2 UUID=5ea1ab1e-0000-4000-8000-000000000002 none luks,discard
# one passphrase is asked for, and has to open them all
run bootseal enroll --key-file /key
	exit 5
	says /dev/vdb1: no keyslot opens with this passphrase; 2 volumes have to be open
	says 'cryptsetup luksAddKey /dev/vdb1'
host test ! -e etc/bootseal/anchor && test ! -e var/lib/bootseal/authority.pem
host printf 'another one' >old; cryptsetup luksAddKey -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file old dev/vdb1 key
run bootseal enroll --key-file /key
	says cryptroot (/dev/vda3)
	says cryptroot2 (/dev/vdb1)
host grep -c '^target' etc/bootseal/anchor | grep -qx 2
boot
	opens
run bootseal check
	says Yes: the next boot will unlock automatically

# a third device comes later ("btrfs device add")
host mkdir -p sys/fs/btrfs/aaaa/devices/vdc; echo 254:32 >sys/fs/btrfs/aaaa/devices/vdc/dev
run bootseal check
	exit 5
	says the root: the root file system lies on 'vdc', too, which is not encrypted
host rm -r sys/fs/btrfs/aaaa/devices/vdc

# the kernel's upgrade moves the policy of both
install 6.1.0-56-amd64
boot
	opens
run bootseal remove
	does not say failed
host ! cryptsetup luksDump dev/vda3 | grep -q bootseal
host ! cryptsetup luksDump dev/vdb1 | grep -q bootseal
