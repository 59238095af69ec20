# The disk of this machine, which is not enrolled, becomes an image that is deployed for a machine like this one with this
# one's TPM: what it will measure is predicted, and the TPM releases the key when it measures that.
host tpm2_createprimary -Q -C o -G ecc256:aes128cfb -c tmp/srk -a \
	'restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda' && \
	tpm2_readpublic -Q -c tmp/srk -o tmp/srk.pub && tpm2_flushcontext -t
host $CHECKOUT/tests/world/make-image tmp/disk
host $CHECKOUT/build/bootseal image deploy --srk tmp/srk.pub --root . --key-file key tmp/disk
	exit 5
	says its initrds do not ask a TPM

# as "image encrypt --deploy" leaves it
run touch /etc/bootseal/deployed; update-initramfs -u -k 6.1.0-55-amd64 >/dev/null
host $CHECKOUT/tests/world/make-image tmp/disk
host printf 'another one' >tmp/wrong; $CHECKOUT/build/bootseal image deploy --srk tmp/srk.pub --root . --key-file tmp/wrong tmp/disk
	exit 5
	says no keyslot
host $CHECKOUT/build/bootseal image deploy --srk key --root . --key-file key tmp/disk
	exit 1
	says key: 
host $CHECKOUT/build/bootseal image deploy --srk tmp/srk.pub --root . --resets 5000 --key-file key --output tmp/deployed tmp/disk
	says Sealed for Linux 6.1.0-55-amd64 (default
	says nothing here proves whose storage key it is
host $CHECKOUT/build/bootseal image verify tmp/deployed
	says sealed for the first boots of one machine: keyslot 1
	says on the machine that it was deployed for, and on no other
host $CHECKOUT/build/bootseal image deploy --srk tmp/srk.pub --root . --key-file key tmp/deployed
	exit 5
	says was deployed for a machine already
host ! ls -d tmp/disk.bootseal tmp/deployed.bootseal

# its first boot
host dd if=tmp/deployed of=dev/vda3 bs=1M skip=116 count=20 conv=notrunc status=none
power on
host rm -f run/initramfs/anchor; echo "cryptroot $PWD/dev/vda3 none luks" >run/initramfs/crypttab; touch run/initramfs/deployed; \
	echo "root=/dev/mapper/cryptroot ro quiet" >run/initramfs/cmdline; $UNLOCK --deployed run/initramfs/deployed open
	says cryptroot: first boot: the TPM has released the key
host cryptsetup open --test-passphrase --key-slot 1 --key-file run/bootseal/first-boot.key dev/vda3
host grep -q "first-boot.key luks" run/initramfs/crypttab

# with a changed boot menu it is another boot
host sed -i 's/quiet/quiet init=\/bin\/sh/' boot/grub/grub.cfg
power on
host rm -f run/initramfs/anchor; echo "cryptroot $PWD/dev/vda3 none luks" >run/initramfs/crypttab; touch run/initramfs/deployed; \
	echo "root=/dev/mapper/cryptroot ro quiet" >run/initramfs/cmdline; $UNLOCK --deployed run/initramfs/deployed open
	exit 5
	says first boot: not unlocked by the TPM: PCR 8
	says type the passphrase of the image
host ! ls run/bootseal/first-boot.key
