#!/bin/sh
# Runs as init of a helper VM (root file system: the Debian root, read from /dev/vda): puts that system on
# /dev/vdb the way Debian's installer does it: ESP, ext4 /boot, LUKS2 root with an ordinary header.
# Only the keyslot is cheap, so that typing the passphrase in emulation does not take a minute.
# The kernel hands on what it does not know on its command line: MAPPING is the volume's name; with LUKS_UUID, which it
# gets, the root has the crypttab and the initrds that it needs. LAYOUT=cloud is that of Ubuntu's images for clouds; clear,
# the same with nothing encrypted; clear-debian, as Debian's images for clouds have it, with /boot in the root.
# LAYOUT=lvm what the installer makes by default: root and swap are volumes of an LVM group on the encrypted one. raid: the
# same on a RAID 1; subvolumes: the encrypted volume is a volume of an LVM group, the root a subvolume of its btrfs; btrfs:
# the root is a btrfs over two encrypted volumes.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
# no udevd runs here: libdevmapper must not wait for it
DM_DISABLE_UDEV=1
export DM_DISABLE_UDEV

finish() {
	[ $? = 0 ] && echo INSTALL-OK || echo INSTALL-FAILED
	poweroff -f
}
trap finish EXIT
set -eux
mapping=${MAPPING:-cryptroot}
layout=${LAYOUT:-}

# Both say where root, esp and boot are, and what the labels of their file systems are.
partitions_as_cloud() {
	root=/dev/vdb1 esp=/dev/vdb15 boot=/dev/vdb16
	[ "$layout" != clear-debian ] || boot=
	labels="cloudimg-rootfs UEFI BOOT"
	sfdisk -q --wipe never /dev/vdb <<-EOF
		label: gpt
		/dev/vdb14: size=4M, type=21686148-6449-6E6F-744E-656564454649
		/dev/vdb15: size=106M, type=U
		${boot:+/dev/vdb16: size=512M, type=BC13C2FF-59E6-4262-A352-B275FD6F7172}
		/dev/vdb1: type=L
	EOF
}
partitions_as_installed() {
	root=/dev/vdb3 esp=/dev/vdb1 boot=/dev/vdb2
	labels="root ESP boot"
	sfdisk -q --wipe never /dev/vdb <<-EOF
		label: gpt
		size=128M, type=U, name=esp
		size=512M, type=L, name=boot
		$1
	EOF
}
# What the encrypted volume lies on, where that is no partition.
make_raid() {
	root=/dev/md0
	mdadm --create "$root" --run --level=1 --raid-devices=2 --metadata=1.2 --assume-clean --homehost=vm /dev/vdb3 /dev/vdb4
}
make_group_below() {
	root=/dev/mapper/below--vg-luks
	pvcreate -q /dev/vdb3
	vgcreate -q below-vg /dev/vdb3
	lvcreate -q -W n -Z n -l 90%FREE -n luks below-vg
}
encrypt() { # DEVICE MAPPING
	cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 ${LUKS_UUID:+--uuid "$LUKS_UUID"} "$1" /run/passphrase
	cryptsetup luksConvertKey -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file /run/passphrase "$1"
	cryptsetup open --key-file /run/passphrase "$1" "$2"
}
# LVM on the opened volume. Some extents stay free, for an lvextend.
make_group() {
	pvcreate -q "/dev/mapper/$mapping"
	vgcreate -q debian-vg "/dev/mapper/$mapping"
	lvcreate -q -W n -Z n -L 512M -n swap_1 debian-vg
	lvcreate -q -W n -Z n -l 90%FREE -n root debian-vg
	mkswap -q "$swap"
}
# What /etc/fstab is to hold.
fstab_as_cloud() {
	cat <<-EOF
		LABEL=$1 / ext4 discard,commit=30,errors=remount-ro 0 1
		${boot:+LABEL=$3 /boot ext4 defaults 0 2}
		LABEL=$2 /boot/efi vfat umask=0077 0 1
	EOF
}
fstab_as_installed() {
	cat <<-EOF
		$filesystem / $kind ${rootflags:-defaults} 0 1
		UUID=$(blkid -s UUID -o value "$boot") /boot ext4 defaults 0 2
		UUID=$(blkid -s UUID -o value "$esp") /boot/efi vfat umask=0077 0 1
	EOF
	[ -z "$swap" ] || echo "$swap none swap sw 0 0"
}

mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs devtmpfs /dev
mountpoint -q /run || mount -t tmpfs tmpfs /run
mkdir -p /run/lock
# configure.sh says why
echo 0 >/proc/sys/kernel/randomize_va_space
for module in dm_mod dm_crypt vfat nls_ascii nls_cp437 xts virtio_blk raid1 btrfs; do
	modprobe "$module" || echo "no module $module"
done
case $layout in
cloud | clear | clear-debian) partitions_as_cloud ;;
raid | btrfs) partitions_as_installed "size=2600M, type=L, name=root
		type=L, name=second" ;;
*) partitions_as_installed "type=L, name=root" ;;
esac
# shellcheck disable=SC2086 # three words
set -- $labels
mkfs.vfat -F 32 -n "$2" "$esp" >/dev/null
[ -z "$boot" ] || mke2fs -q -F -t ext4 -L "$3" "$boot"
printf %s 'correct horse' > /run/passphrase
case $layout in
raid) make_raid ;;
subvolumes) make_group_below ;;
esac
case $layout in
clear | clear-debian) filesystem=$root ;;
*)
	encrypt "$root" "$mapping"
	filesystem=/dev/mapper/$mapping ;;
esac
swap='' options=luks,initramfs,discard kind=ext4 rootflags=''
case $layout in
lvm | raid)
	filesystem=/dev/mapper/debian--vg-root swap=/dev/mapper/debian--vg-swap_1 options=luks,discard
	make_group ;;
btrfs)
	encrypt /dev/vdb4 second_crypt ;;
esac
mkdir -p /mnt
case $layout in
btrfs | subvolumes)
	kind=btrfs rootflags=subvol=@rootfs
	# shellcheck disable=SC2046 # none or one
	mkfs.btrfs -q -L "$1" "$filesystem" $([ "$layout" = subvolumes ] || echo /dev/mapper/second_crypt)
	mount "$filesystem" /mnt
	btrfs -q subvolume create /mnt/@rootfs
	umount /mnt ;;
*) mke2fs -q -F -t ext4 -L "$1" -E lazy_itable_init=1,lazy_journal_init=1 "$filesystem" ;;
esac
mount ${rootflags:+-o "$rootflags"} "$filesystem" /mnt
(cd / && tar -c -f - --one-file-system --exclude=./mnt/?* --exclude=./proc/?* --exclude=./sys/?* \
	--exclude=./dev/?* --exclude=./run/?* --exclude=./tmp/?* --exclude=./boot/?* \
	--exclude=./install.sh --exclude=./lost+found .) | tar -x -f - -C /mnt
[ -z "$boot" ] || mount "$boot" /mnt/boot
mkdir /mnt/boot/efi
mount "$esp" /mnt/boot/efi
cp -a /boot/vmlinuz-* /boot/config-* /boot/System.map-* /mnt/boot/
if [ -n "${LUKS_UUID:-}" ]; then
	cp -a /boot/initrd.img-* /mnt/boot/
elif [ "$filesystem" != "$root" ]; then
	echo "$mapping UUID=$(blkid -s UUID -o value "$root") none $options" > /mnt/etc/crypttab
	[ "$layout" != btrfs ] ||
		echo "second_crypt UUID=$(blkid -s UUID -o value /dev/vdb4) none $options" >> /mnt/etc/crypttab
fi
[ "$layout" != raid ] || mdadm --detail --scan > /mnt/etc/mdadm/mdadm.conf
case $layout in
cloud | clear*) fstab_as_cloud "$@" ;;
*) fstab_as_installed ;;
esac > /mnt/etc/fstab
[ -z "$swap" ] || echo "RESUME=$swap" > /mnt/etc/initramfs-tools/conf.d/resume
for fs in proc sys dev run; do
	mount --bind "/$fs" "/mnt/$fs"
done
[ -n "${LUKS_UUID:-}" ] || chroot /mnt update-initramfs -c -k all
case $layout in
cloud | clear*) chroot /mnt /usr/local/sbin/deliver "$(blkid -s PARTUUID -o value "$root")" ;;
*)
	chroot /mnt grub-install --target=x86_64-efi --efi-directory=/boot/efi --bootloader-id=debian \
		--uefi-secure-boot --no-nvram
	# like a cloud image: started from the removable path, no boot entry in the firmware
	mkdir /mnt/boot/efi/EFI/BOOT
	cp /mnt/boot/efi/EFI/debian/shimx64.efi /mnt/boot/efi/EFI/BOOT/BOOTX64.EFI
	cp /mnt/boot/efi/EFI/debian/grubx64.efi /mnt/boot/efi/EFI/debian/mmx64.efi /mnt/boot/efi/EFI/BOOT/
	# grub-mkconfig names a root on two devices by its UUID where it sees that udev has it, or writes a broken line
	mkdir -p /dev/disk/by-uuid
	[ "$layout" != btrfs ] || ln -sf "$filesystem" "/dev/disk/by-uuid/$(blkid -s UUID -o value "$filesystem")"
	chroot /mnt update-grub ;;
esac
umount -R /mnt
case $layout in
lvm | raid) vgchange -a n debian-vg ;;
btrfs) cryptsetup close second_crypt ;;
esac
[ "$filesystem" = "$root" ] || cryptsetup close "$mapping"
case $layout in
raid) mdadm --stop "$root" ;;
subvolumes) vgchange -a n below-vg ;;
esac
sync
