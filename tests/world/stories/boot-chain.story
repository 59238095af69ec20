# What will be different at the next boot, as the chain of programs that start each other.
run bootseal enroll --key-file /key
boot
	opens
run bootseal predict --tree --default
	says SecureBoot, PK, KEK, db, dbx [PCR 7]
	says MokList, MokListX, SbatLevel, MokListTrusted [PCR 7, 14]
	says /EFI/BOOT/BOOTX64.EFI [PCR 4], let in by db [PCR 7]
	says /EFI/BOOT/grubx64.efi [PCR 4], let in by MokListRT [PCR 7]
	says 44 commands [PCR 8]
	does not say *
install 6.1.0-56-amd64
run bootseal predict --tree --default
	says *       44 commands, 5 of them not in this boot [PCR 8]
	says         (hd0,gpt1)/EFI/debian/grub.cfg [PCR 9]
	says *       (hd0,gpt2)/grub/grub.cfg [PCR 9]
	says *       (hd0,gpt2)/vmlinuz-6.1.0-56-amd64 [PCR 4]
	says *          /vmlinuz-6.1.0-56-amd64 root=/dev/mapper/cryptroot ro quiet [PCR 8]
	says *          /initrd.img-6.1.0-56-amd64 [PCR 9]
	says *  this boot has not measured it, or not so
boot
	opens
run bootseal predict --tree --default
	does not say *
