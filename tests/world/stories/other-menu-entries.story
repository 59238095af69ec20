# What the model does not know costs its own menu entry, with file and line, not the default one.
run bootseal enroll --key-file /key
boot
	opens
host cp usr/sbin/grub-mkconfig kept
append /usr/sbin/grub-mkconfig
	| cat <<'END'
	| menuentry 'The old disk' --id old {
	| 	chainloader +1
	| }
	| END
run kernel grub
run bootseal reseal --hook
	says The old disk: /boot/grub/grub.cfg:93: a list of blocks as a file (+1) is not modelled
	says Next boot Linux 6.1.0-55-amd64 (default) will unlock automatically
boot
	opens

host cp kept usr/sbin/grub-mkconfig
append /usr/sbin/grub-mkconfig
	| cat <<'END'
	| menuentry 'Live system' --id live {
	| 	loopback loop /live.iso
	| 	linux (loop)/live/vmlinuz boot=live
	| 	initrd (loop)/live/initrd.img
	| }
	| menuentry 'The other encrypted disk' --id other {
	| 	cryptomount -u 5ea1ab1e000040008000000000000009
	| 	linux (crypto0)/vmlinuz
	| }
	| END
run kernel grub
run bootseal reseal --hook
	says 2 other menu entries: they were never sealed; the first, 'Live system': /boot/grub/grub.cfg:93: command 'loopback'
boot
	opens

# before every entry it is another matter
host sed 's/^terminal_output gfxterm/cryptomount -a\n&/' kept >usr/sbin/grub-mkconfig
run kernel grub
run bootseal reseal --hook
	says THE POLICY WAS NOT MOVED
	says command 'cryptomount' is not modelled
