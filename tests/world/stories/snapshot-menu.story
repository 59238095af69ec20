# grub-btrfs adds a menu of forty snapshots, in a file that no package vouches for.
run bootseal enroll --key-file /key
boot
	opens
host for i in $(seq 40); do printf '%s\n' "submenu 'snapshot $i' {" "menuentry 'kernel $i' {" \
	'search --no-floppy --fs-uuid --set=root d83bebd6-a56a-4dd2-9eb0-e514bcb77191' \
	"linux /vmlinuz-6.1.0-55-amd64 root=/dev/mapper/cryptroot ro quiet rootflags=subvol=@$i" \
	'initrd /initrd.img-6.1.0-55-amd64' '}' '}'; done >boot/grub/grub-btrfs.cfg
append /usr/sbin/grub-mkconfig
	| cat <<'END'
	| submenu 'Snapshots' {
	| 	configfile "${prefix}/grub-btrfs.cfg"
	| }
	| END
run kernel grub
run bootseal reseal --hook
	says 40 other menu entries: they were never sealed
	says /boot/grub/grub-btrfs.cfg, which is not trusted
	does not say Refused
	does not say snapshot 2
	says Next boot Linux 6.1.0-55-amd64 (default) will unlock automatically
boot
	opens

# the user accepts the menu: as many as there is room for, and the default and the next kernel come first
run bootseal reseal --accept-current
	says you accepted it
	says other menu entries: they were never sealed
install 6.1.0-56-amd64
	says Next boot Linux 6.1.0-56-amd64 (default) will unlock automatically
boot
	opens
boot kernel 6.1.0-55-amd64
	opens
