#!/bin/sh
# configure-cloud.sh ROOT: makes an unpacked Debian root (configure.sh) what an image for a cloud is: Ubuntu's settings, and
# what its GRUB has beyond Debian's, stated again in files that no package owns.
#   /etc/grub.d/01_flags, 09_cloud   a flag for a boot that was not finished; entries that try without an initrd first
#   grub-common.service, grub-initrd-fallback.service   take the flags back
#   /usr/local/sbin/deliver          what the image's maker does last: boot loaders and menu
set -eu
root=$1

put() { # put MODE PATH: standard input becomes that file
	mkdir -p "$root/$(dirname "$2")"
	cat > "$root/$2"
	chmod "$1" "$root/$2"
}

put 644 etc/default/grub <<'EOF'
GRUB_DEFAULT=0
GRUB_TIMEOUT_STYLE=hidden
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=`. /etc/os-release 2>/dev/null; echo ${NAME:-Debian}`
GRUB_CMDLINE_LINUX_DEFAULT=""
GRUB_CMDLINE_LINUX=""
EOF
put 644 etc/default/grub.d/50-cloudimg-settings.cfg <<'EOF'
GRUB_RECORDFAIL_TIMEOUT=0
GRUB_TIMEOUT=0
GRUB_CMDLINE_LINUX_DEFAULT="console=tty1 console=ttyS0"
GRUB_TERMINAL=serial
GRUB_SERIAL_COMMAND="serial --speed=115200 --unit=0"
EOF
put 755 etc/grub.d/01_flags <<'EOF'
#!/bin/sh
set -e
for file in /etc/default/grub /etc/default/grub.d/*.cfg; do . "$file"; done
cat <<END
# an attempt without an initrd has failed: this one is with it
if [ "\$initrdfail" = 2 ]; then
  set initrdfail=
elif [ "\$initrdfail" = 1 -a -n "\$prev_entry" ]; then
  set default="\$prev_entry"
  set prev_entry=
  save_env prev_entry
  set initrdfail=2
fi
function recordfail {
  set recordfail=1
  if [ -n "\$have_grubenv" ]; then if [ -z "\$boot_once" ]; then save_env recordfail; fi; fi
}
function initrdfail {
  if [ -n "\$have_grubenv" -a -n "\$partuuid" ]; then
    if [ -z "\$initrdfail" ]; then
      set initrdfail=1
      if [ -n "\$boot_once" ]; then
        set prev_entry="\$default"
        save_env prev_entry
      fi
    fi
    save_env initrdfail
  fi
}
if [ "\$recordfail" = 1 ]; then
  set timeout=${GRUB_RECORDFAIL_TIMEOUT:-30}
fi
if [ "\$initrdfail" = 1 ]; then
  set initrdless_boot_fallback_triggered=1
  save_env initrdless_boot_fallback_triggered
fi
END
EOF
put 755 etc/grub.d/09_cloud <<'EOF'
#!/bin/sh
# one entry a kernel, newest first
set -e
for file in /etc/default/grub /etc/default/grub.d/*.cfg; do . "$file"; done
on_boot=$(grub-probe --target=fs_uuid /boot)
path=$(grub-mkrelpath /boot)
device=$(grub-probe --target=device /)
for kernel in $(ls /boot/vmlinuz-* | sort -rV); do
	version=${kernel#/boot/vmlinuz-}
	echo "menuentry '$GRUB_DISTRIBUTOR in a cloud, with Linux $version' --class os \$menuentry_id_option 'cloud-$version' {"
	echo "	recordfail"
	echo "	insmod gzio"
	echo "	insmod part_gpt"
	echo "	insmod ext2"
	echo "	search --no-floppy --fs-uuid --set=root $on_boot"
	with_initrd="linux $path/vmlinuz-$version root=$device ro $GRUB_CMDLINE_LINUX_DEFAULT"
	if [ -n "$GRUB_FORCE_PARTUUID" ]; then
		echo "	set partuuid=$GRUB_FORCE_PARTUUID"
		echo "	if [ \"\$initrdfail\" = 1 ]; then"
		echo "		echo 'Without an initrd it has failed: once more, with it.'"
		echo "		$with_initrd"
		echo "		initrd $path/initrd.img-$version"
		echo "	else"
		echo "		linux $path/vmlinuz-$version root=PARTUUID=$GRUB_FORCE_PARTUUID ro $GRUB_CMDLINE_LINUX_DEFAULT panic=-1"
		echo "	fi"
		echo "	initrdfail"
	else
		echo "	$with_initrd"
		echo "	initrd $path/initrd.img-$version"
	fi
	echo "}"
done
EOF
put 644 etc/systemd/system/grub-common.service <<'EOF'
[Unit]
Description=Record successful boot for GRUB
After=multi-user.target
ConditionPathExists=/boot/grub/grubenv
[Service]
Type=oneshot
ExecStart=grub-editenv /boot/grub/grubenv unset recordfail
[Install]
WantedBy=multi-user.target
EOF
put 644 etc/systemd/system/grub-initrd-fallback.service <<'EOF'
[Unit]
Description=GRUB failed boot detection
After=local-fs.target
ConditionPathExists=/boot/grub/grubenv
[Service]
Type=oneshot
ExecStart=grub-editenv /boot/grub/grubenv unset initrdfail
ExecStart=grub-editenv /boot/grub/grubenv unset prev_entry
ExecStart=grub-editenv /boot/grub/grubenv unset initrdless_boot_fallback_triggered
[Install]
WantedBy=multi-user.target
EOF
chroot "$root" systemctl -q enable grub-common.service grub-initrd-fallback.service
put 755 usr/local/sbin/deliver <<'EOF'
#!/bin/sh
# deliver PARTUUID: of the root. No entry in the firmware: shim's fallback makes it when the machine starts.
set -eu
echo "GRUB_FORCE_PARTUUID=$1" >/etc/default/grub.d/40-force-partuuid.cfg
grub-install --target=i386-pc /dev/vdb
grub-install --target=x86_64-efi --efi-directory=/boot/efi --bootloader-id=debian --uefi-secure-boot --no-nvram \
	--force-extra-removable
# told --no-nvram, grub-install puts the fallback where nothing starts it, and GRUB where shim would find it first
mv /boot/efi/EFI/debian/fbx64.efi /boot/efi/EFI/BOOT/
rm /boot/efi/EFI/BOOT/grubx64.efi
[ -s /boot/efi/EFI/debian/BOOTX64.CSV ]
grub-editenv /boot/grub/grubenv create
update-grub
# the image's maker has no such device: what is delivered is not what update-grub would write
sed -i 's, root=/dev/[^ ]*, root=LABEL=cloudimg-rootfs,; /^###/d' /boot/grub/grub.cfg
EOF
