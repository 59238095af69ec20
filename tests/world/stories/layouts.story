# What the root may lie on instead of one LUKS2 volume is named, before the passphrase is asked for.
# (an LV on a plain partition)
host for d in sys/dev/block/*/dm; do echo LVM-abcdefrootlv >$d/uuid; done
run bootseal enroll --key-file /no-such-file
	exit 1
	says the root file system is not encrypted: there is nothing to enroll
host for d in sys/dev/block/*/dm; do echo CRYPT-LUKS1-5ea1ab1e000040008000000000000001-cryptroot >$d/uuid; done
run bootseal enroll --key-file /no-such-file
	exit 1
	says the root file system is on the volume 'cryptroot', which is LUKS1
	says 'cryptsetup convert DEVICE --type luks2'
host for d in sys/dev/block/*/dm; do echo CRYPT-PLAIN-cryptroot >$d/uuid; done
run bootseal enroll --key-file /no-such-file
	exit 1
	says the root file system is on the volume 'cryptroot', which is plain dm-crypt

# the same volume with dm-integrity below it
host for d in sys/dev/block/*; do echo CRYPT-LUKS2-5ea1ab1e000040008000000000000001-cryptroot >$d/dm/uuid; \
	rm -r $d/slaves/vda3; mkdir $d/slaves/dm-1; echo 254:9 >$d/slaves/dm-1/dev; done; \
	mkdir -p sys/dev/block/254:9/dm; echo SUBDEV-INTEGRITY-cryptroot_dif >sys/dev/block/254:9/dm/uuid
run bootseal enroll --key-file /no-such-file
	exit 1
	says the volume 'cryptroot' has dm-integrity

host rm -r sys/dev/block/*/dm
run bootseal enroll --key-file /no-such-file
	exit 1
	says the root file system is not encrypted: there is nothing to enroll
host rm -r sys/dev/block/*; printf 'rpool/ROOT/debian / zfs rw 0 0\n' >proc/self/mounts
run bootseal enroll --key-file /no-such-file
	exit 1
	says the root file system is ZFS ('rpool/ROOT/debian')
