#!/bin/sh
# drive.sh ROOT: into an unpacked Debian root, what a test needs to drive it: root's shell on the serial line, without a
# password and without waiting for the rest of the boot; the network when it is asked for; patience.
set -eu
root=$1

put() { # put PATH: standard input becomes that file
	mkdir -p "$root/$(dirname "$1")"
	cat > "$root/$1"
}

echo vm > "$root/etc/hostname"
echo '127.0.0.1 localhost vm' | put etc/hosts
chroot "$root" passwd -q -d root
# QEMU 7.2 translates a program anew for each address that it is loaded at, and every store to a page walks the
# list of what was ever translated of it. At fixed addresses a process starts three times as fast.
put etc/initramfs-tools/scripts/init-top/fixed-addresses <<'END'
#!/bin/sh
[ "$1" = prereqs ] || echo 0 >/proc/sys/kernel/randomize_va_space
END
chmod 755 "$root/etc/initramfs-tools/scripts/init-top/fixed-addresses"
put etc/apt/apt.conf.d/99test-vm <<'END'
Acquire::Languages "none";
APT::Sandbox::User "root";
Dpkg::Use-Pty "false";
END
rm -f "$root/etc/apt/sources.list" "$root"/etc/apt/sources.list.d/*
put etc/systemd/system/serial-getty@ttyS0.service.d/autologin.conf <<'END'
[Service]
Type=simple
ExecStart=
ExecStart=-/sbin/agetty --autologin root --noclear --keep-baud 115200 %I linux
END
# systemd gives a device 90 seconds, then comes emergency mode; in emulation, beside other tests, udev needs more
put etc/systemd/system.conf.d/test-patience.conf <<'END'
[Manager]
DefaultDeviceTimeoutSec=15min
END
touch "$root/root/.hushlogin"
put usr/local/sbin/net-up <<'END'
#!/bin/sh
# QEMU's user network: the host that runs the test is 10.0.2.2
set -eu
dev=$(ls -d /sys/bus/virtio/drivers/virtio_net/virtio*/net/* | head -n 1)
dev=${dev##*/}
ip link set "$dev" up
ip address replace 10.0.2.15/24 dev "$dev"
END
chmod 755 "$root/usr/local/sbin/net-up"
