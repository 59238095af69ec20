# Debian beside Windows, with GRUB_DEFAULT=saved and GRUB_SAVEDEFAULT=true: what was chosen last is chosen again.
host sed -i 's/set default="0"/set default="${saved_entry}"/; s/^\tload_video/\tsavedefault\n&/' usr/sbin/grub-mkconfig
host sed -i 's/^function load_video/function savedefault {\n  if [ -z "${boot_once}" ]; then\n    saved_entry="${chosen}"\n    save_env saved_entry\n  fi\n}\n&/' usr/sbin/grub-mkconfig
append /usr/sbin/grub-mkconfig
	| cat <<'END'
	| menuentry 'Windows Boot Manager' --class windows --class os $menuentry_id_option 'osprober-efi-1234-ABCD' {
	| 	savedefault
	| 	insmod part_gpt
	| 	insmod fat
	| 	search --no-floppy --fs-uuid --set=root 1234-ABCD
	| 	chainloader /EFI/Microsoft/Boot/bootmgfw.efi
	| }
	| END
host mkdir -p boot/efi/EFI/Microsoft/Boot; cp usr/share/world/vmlinuz-6.1.0-56-amd64 boot/efi/EFI/Microsoft/Boot/bootmgfw.efi
run kernel grub
boot
	is not enrolled

run bootseal enroll --key-file /key
	says it starts a different loader
boot
	opens

# Windows was chosen and used, then Debian
grubenv saved_entry=osprober-efi-1234-ABCD
boot simple
	opens
run bootseal reseal --hook
run bootseal check
	says Yes

# an afternoon in recovery mode: the passphrase, and no harm to the boot after it
boot recovery 6.1.0-55-amd64
	asks
boot simple
	opens
