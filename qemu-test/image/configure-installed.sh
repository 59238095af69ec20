#!/bin/sh
# configure-installed.sh ROOT: into an unpacked Debian root, what the installer writes, and the least that a test
# needs to drive it: a console on the serial line, root's shell there without a password, patience with devices, no
# sleep for want of a network. Programs load at fixed addresses, as configure.sh says; everything else is Debian's default.
set -eu
root=$1

put() { # put PATH: standard input becomes that file
	mkdir -p "$root/$(dirname "$1")"
	cat > "$root/$1"
}

echo vm > "$root/etc/hostname"
echo '127.0.0.1 localhost vm' | put etc/hosts
chroot "$root" passwd -q -d root
# the installer's, but for the consoles
put etc/default/grub <<'EOF'
GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0"
EOF
put etc/apt/apt.conf.d/99test-vm <<'EOF'
Acquire::Languages "none";
APT::Sandbox::User "root";
Dpkg::Use-Pty "false";
EOF
rm -f "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/*
put etc/initramfs-tools/scripts/init-top/fixed-addresses <<'EOF'
#!/bin/sh
[ "$1" = prereqs ] || echo 0 >/proc/sys/kernel/randomize_va_space
EOF
chmod 755 "$root/etc/initramfs-tools/scripts/init-top/fixed-addresses"
put etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf <<'EOF'
[Service]
Type=simple
ExecStart=
ExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200 %I linux
EOF
touch "$root/root/.hushlogin"
# systemd gives a device 90 seconds; in emulation beside other tests udev needs more for a machine's first look
put etc/systemd/system.conf.d/test-vm.conf <<'EOF'
[Manager]
DefaultDeviceTimeoutSec=15min
EOF
# as net-up of configure.sh
put usr/local/sbin/net-up <<'EOF'
#!/bin/sh
set -eu
dev=$(ls -d /sys/bus/virtio/drivers/virtio_net/virtio*/net/* | head -n 1)
dev=${dev##*/}
ip link set "$dev" up
ip address replace 10.0.2.15/24 dev "$dev"
EOF
chmod 755 "$root/usr/local/sbin/net-up"
