# An image is deployed for a machine like this one, whose owner gives it other Secure Boot keys: one more certificate in db, as a
# gallery of images adds it. They are said as JSON, and the first boot of that machine is the one that was predicted.
host tpm2_createprimary -Q -C o -G ecc256:aes128cfb -c tmp/srk -a \
	'restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda' && \
	tpm2_readpublic -Q -c tmp/srk -o tmp/srk.pub && tpm2_flushcontext -t
run touch /etc/bootseal/deployed; update-initramfs -u -k 6.1.0-55-amd64 >/dev/null
host $CHECKOUT/tests/world/make-image tmp/disk
host mkdir firmware; d=d719b2cb-3d3a-4596-a3bc-dad00e67656f; { cat sys/firmware/efi/efivars/db-$d; \
	python3 -c 'import sys;d=b"no certificate, and nobody asks";sys.stdout.buffer.write(bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")+(44+len(d)).to_bytes(4,"little")+bytes(4)+(16+len(d)).to_bytes(4,"little")+b"owner of it     "+d)'; \
	} >firmware/db-$d
host v() { printf '"%s": "%s"' "$1" "$(tail -c +5 "$2" | base64 -w 0)"; }; e=sys/firmware/efi/efivars; \
	echo "{$(v PK $e/PK-*), $(v KEK $e/KEK-*), $(v db firmware/db-*), $(v dbx $e/dbx-*)}" >tmp/keys.json

host $CHECKOUT/build/bootseal image deploy --srk tmp/srk.pub --root . --uefi-config tmp/srk.pub --key-file key tmp/disk
	exit 1
	says tmp/srk.pub: JSON: 
host $CHECKOUT/build/bootseal image deploy --srk tmp/srk.pub --root . --azure-disk tmp/keys.json --key-file key tmp/disk
	exit 1
	says its type is not "Microsoft.Compute/disks"
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk --default >tmp/same; \
	$CHECKOUT/build/bootseal predict --root . --image tmp/disk --default --uefi-config tmp/keys.json >tmp/other; diff tmp/same tmp/other
	exit 1
	says PCR 7
	does not say PCR 4
host $CHECKOUT/build/bootseal image deploy --srk tmp/srk.pub --root . --uefi-config tmp/keys.json --key-file key --resets 5000 tmp/disk
	says Its boot
	says Secure Boot on
	says Sealed for Linux 6.1.0-55-amd64 (default

host dd if=tmp/disk of=dev/vda3 bs=1M skip=116 count=20 conv=notrunc status=none
# with this machine's own keys it asks
host mv firmware later
power on
host rm -f run/initramfs/anchor; echo "cryptroot $PWD/dev/vda3 none luks" >run/initramfs/crypttab; touch run/initramfs/deployed; \
	echo "root=/dev/mapper/cryptroot ro quiet" >run/initramfs/cmdline; $UNLOCK --deployed run/initramfs/deployed open
	exit 5
	says first boot: not unlocked by the TPM: PCR 7
host mv later firmware
power on
host rm -f run/initramfs/anchor; echo "cryptroot $PWD/dev/vda3 none luks" >run/initramfs/crypttab; touch run/initramfs/deployed; \
	echo "root=/dev/mapper/cryptroot ro quiet" >run/initramfs/cmdline; $UNLOCK --deployed run/initramfs/deployed open
	says cryptroot: first boot: the TPM has released the key

# firmware that runs a card's driver, because a key of db lets it in: with other keys it may not
host python3 -c 'import struct as s,sys;p=sys.argv[1];d=open(p,"rb").read();i=d.index(s.pack("<II",7,4));e=i+12;exec("for k in range(d[i+8]):\n e+=2+{4:20,11:32,12:48}[d[e]]");e+=4+d[e];open(p,"wb").write(d[:e]+s.pack("<II",7,0x800000e0)+d[i+8:])' \
	sys/kernel/security/tpm0/binary_bios_measurements
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk --default >/dev/null
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk --default --uefi-config tmp/keys.json
	exit 1
	says runs a driver that a key of its db lets in: what it does with other keys is not known
host $CHECKOUT/build/bootseal predict --tree --root . --image tmp/disk --default
	says BOOTX64.EFI [PCR 4], it and the firmware's drivers let in by
	says grubx64.efi [PCR 4], let in by MokListRT [PCR 7]
	does not say *
