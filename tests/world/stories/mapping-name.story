# Names of the root's mapping: what some installers make is taken, a blank in it is refused before anything is written.
host name=luks-5ea1ab1e-0000-4000-8000-000000000001; for d in sys/dev/block/*/dm; do echo $name >$d/name; \
	echo CRYPT-LUKS2-5ea1ab1e000040008000000000000001-$name >$d/uuid; done; \
	echo "$name UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks,discard" >etc/crypttab
run bootseal enroll --key-file /key
	says Volume luks-5ea1ab1e-0000-4000-8000-000000000001
boot
	opens
run bootseal remove

host for d in sys/dev/block/*/dm; do echo 'root crypt' >$d/name; done
file /etc/crypttab
	| root\040crypt UUID=5ea1ab1e-0000-4000-8000-000000000001 none luks,discard
run bootseal enroll --key-file /key
	exit 1
	says the mapping under the root file system is called 'root crypt'
	says change it in /etc/crypttab and /etc/fstab
host test ! -e etc/bootseal/anchor && test ! -e var/lib/bootseal/authority.pem
host cryptsetup luksDump dev/vda3
	does not say bootseal
