# The kernel comes in a package whose name does not begin with linux-image.
run bootseal enroll --key-file /key
boot
	opens
host r=6.8.12-4-pve; mkdir -p lib/modules/$r/kernel/drivers/char/tpm; : >lib/modules/$r/modules.builtin; \
	echo driver >lib/modules/$r/kernel/drivers/char/tpm/tpm_crb.ko; \
	cp usr/share/world/vmlinuz-6.1.0-56-amd64 boot/vmlinuz-$r; \
	md5sum boot/vmlinuz-$r >var/lib/dpkg/info/proxmox-kernel-$r-signed.md5sums
run update-initramfs -c -k 6.8.12-4-pve
run kernel grub
run /etc/kernel/postinst.d/zzz-bootseal 6.8.12-4-pve
	says /boot/vmlinuz-6.8.12-4-pve: its package's checksum matches
	says Next boot Linux 6.8.12-4-pve (default) will unlock automatically
boot
	opens

# a kernel that no package brought
host cp boot/vmlinuz-6.8.12-4-pve boot/vmlinuz-6.8.12-5-pve; \
	cp -r lib/modules/6.8.12-4-pve lib/modules/6.8.12-5-pve
run update-initramfs -c -k 6.8.12-5-pve
run kernel grub
run /etc/kernel/postinst.d/zzz-bootseal 6.8.12-5-pve
	says Refused /boot/vmlinuz-6.8.12-5-pve
	says WILL ASK FOR THE PASSPHRASE
