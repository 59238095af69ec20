#!/bin/sh
# configure.sh ROOT: settings of the test machine, written into an unpacked Debian root.
# It stays an ordinary Debian; what differs is here, and is there so that it boots fast in emulation and
# can be driven over the serial line. MODULES=dep and gzip -1 make small initrds quickly; Debian's default
# is MODULES=most and zstd.
set -eu
root=$1

put() { # put PATH: standard input becomes that file
	mkdir -p "$root/$(dirname "$1")"
	cat > "$root/$1"
}

echo vm > "$root/etc/hostname"
echo '127.0.0.1 localhost vm' | put etc/hosts
chroot "$root" passwd -q -d root

put etc/initramfs-tools/conf.d/test-vm <<'EOF'
MODULES=dep
COMPRESS=gzip
COMPRESSLEVEL=1
RESUME=none
EOF
# QEMU 7.2 translates a program anew for each address that it is loaded at, and every store to a page walks the
# list of what was ever translated of it. At fixed addresses a process starts three times as fast.
put etc/initramfs-tools/scripts/init-top/fixed-addresses <<'EOF'
#!/bin/sh
[ "$1" = prereqs ] || echo 0 >/proc/sys/kernel/randomize_va_space
EOF
chmod 755 "$root/etc/initramfs-tools/scripts/init-top/fixed-addresses"
put etc/default/grub <<'EOF'
GRUB_DEFAULT=0
GRUB_TIMEOUT=1
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX_DEFAULT="quiet"
GRUB_CMDLINE_LINUX="console=ttyS0"
GRUB_TERMINAL=console
EOF
put etc/dpkg/dpkg.cfg.d/test-vm <<'EOF'
force-unsafe-io
EOF
put etc/apt/apt.conf.d/99test-vm <<'EOF'
Acquire::Languages "none";
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Dpkg::Use-Pty "false";
Binary::apt::APT::Keep-Downloaded-Packages "false";
EOF
rm -f "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/*

# root's shell on the serial line, without waiting for the rest of the boot
put etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf <<'EOF'
[Service]
Type=simple
ExecStart=
ExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200 %I linux
EOF
put etc/systemd/journald.conf.d/test-vm.conf <<'EOF'
[Journal]
Storage=volatile
EOF
put etc/systemd/system.conf.d/test-vm.conf <<'EOF'
[Manager]
ShowStatus=no
DefaultTimeoutStopSec=20s
EOF
touch "$root/root/.hushlogin"
put usr/local/sbin/net-up <<'EOF'
#!/bin/sh
# QEMU's user network: the host that runs the test is 10.0.2.2
set -eu
dev=$(ls -d /sys/bus/virtio/drivers/virtio_net/virtio*/net/* | head -n 1)
dev=${dev##*/}
ip link set "$dev" up
ip address replace 10.0.2.15/24 dev "$dev"
EOF
chmod 755 "$root/usr/local/sbin/net-up"

for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
	fstrim.timer systemd-tmpfiles-clean.timer motd-news.timer getty@tty1.service getty-static.service systemd-logind.service \
	systemd-timesyncd.service systemd-networkd.service systemd-pstore.service systemd-update-utmp.service \
	systemd-update-utmp-runlevel.service systemd-binfmt.service \
	systemd-machine-id-commit.service dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
	modprobe@drm.service modprobe@fuse.service sys-fs-fuse-connections.mount \
	systemd-journal-catalog-update.service systemd-update-done.service systemd-hwdb-update.service; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
