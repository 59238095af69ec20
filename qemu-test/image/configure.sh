#!/bin/sh
# configure.sh ROOT: settings of the test machine, written into an unpacked Debian root.
# It stays an ordinary Debian; what differs is here, so that it boots fast in emulation, and in drive.sh, so that it
# can be driven over the serial line. MODULES=dep and gzip -1 make small initrds quickly; Debian's default
# is MODULES=most and zstd.
set -eu
root=$1

put() { # put PATH: standard input becomes that file
	mkdir -p "$root/$(dirname "$1")"
	cat > "$root/$1"
}

"$(dirname "$0")/drive.sh" "$root"

put etc/initramfs-tools/conf.d/test-vm <<'EOF'
MODULES=dep
COMPRESS=gzip
COMPRESSLEVEL=1
EOF
# a file of its own, which the installer writes where there is a swap
put etc/initramfs-tools/conf.d/resume <<'EOF'
RESUME=none
EOF
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
put etc/apt/apt.conf.d/99test-lean <<'EOF'
APT::Install-Recommends "false";
Binary::apt::APT::Keep-Downloaded-Packages "false";
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

for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
	fstrim.timer systemd-tmpfiles-clean.timer motd-news.timer getty@tty1.service getty-static.service systemd-logind.service \
	systemd-timesyncd.service systemd-networkd.service systemd-pstore.service systemd-update-utmp.service \
	systemd-update-utmp-runlevel.service systemd-binfmt.service \
	systemd-machine-id-commit.service dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
	modprobe@drm.service modprobe@fuse.service sys-fs-fuse-connections.mount \
	systemd-journal-catalog-update.service systemd-update-done.service systemd-hwdb-update.service; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
