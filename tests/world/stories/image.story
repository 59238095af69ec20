# The disk of this machine becomes an image: in a machine like this one it will measure what this one will. Nobody has
# started it.
host $CHECKOUT/tests/world/make-image tmp/disk
host $CHECKOUT/build/bootseal predict --root . --events >tmp/here
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk --events >tmp/there && cmp tmp/here tmp/there
host ! ls -d tmp/disk.bootseal

# as Debian's and Ubuntu's images have it: shim's fallback writes a boot option, and the second start counts
host mcopy -i tmp/disk@@1M boot/efi/EFI/BOOT/BOOTX64.EFI ::EFI/debian/shimx64.efi && \
	mcopy -i tmp/disk@@1M boot/efi/EFI/BOOT/grubx64.efi ::EFI/debian/ && echo x >tmp/fbx64.efi && \
	mcopy -i tmp/disk@@1M tmp/fbx64.efi ::EFI/BOOT/
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk
	exit 1
	says fallback (/EFI/BOOT/fbx64.efi), and no folder beside it names what that starts
host printf 'shimx64.efi,debian,,This is the boot entry' | iconv -t UTF-16LE >tmp/BOOTX64.CSV && \
	mcopy -i tmp/disk@@1M tmp/BOOTX64.CSV ::EFI/debian/
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk --events >tmp/there && grep '  PCR ' tmp/here >tmp/1 && \
	grep '  PCR ' tmp/there >tmp/2 && cmp tmp/1 tmp/2 && grep -q /EFI/debian/shimx64.efi tmp/there
host mmd -i tmp/disk@@1M ::EFI/other && mcopy -i tmp/disk@@1M tmp/BOOTX64.CSV ::EFI/other/
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk
	exit 1
	says more than one folder beside it names what that starts

# another kernel in the image changes what is predicted
host mdel -i tmp/disk@@1M ::EFI/BOOT/fbx64.efi && debugfs -w -R 'rm /grub/grub.cfg' tmp/disk?offset=$((32 << 20)) 2>tmp/said; \
	sed 's/quiet/quiet other/' boot/grub/grub.cfg >tmp/cfg; \
	debugfs -w -R 'write tmp/cfg /grub/grub.cfg' tmp/disk?offset=$((32 << 20)) 2>tmp/said
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk --default | grep cmdline
	says quiet other

# what cannot be told is refused
host $CHECKOUT/build/bootseal predict --root . --image tmp/disk --pcrs tmp/1
	exit 2
	says --image gives it a new disk
host mdel -i tmp/disk@@1M ::EFI/BOOT/BOOTX64.EFI; $CHECKOUT/build/bootseal predict --root . --image tmp/disk
	exit 1
	says the EFI partition has no /EFI/BOOT/BOOTX64.EFI
host mcopy -i tmp/disk@@1M boot/efi/EFI/BOOT/BOOTX64.EFI ::EFI/BOOT/; \
	rm sys/kernel/security/tpm0/binary_bios_measurements; $CHECKOUT/build/bootseal predict --root . --image tmp/disk
	exit 1
	says the other machine's report has no event log
