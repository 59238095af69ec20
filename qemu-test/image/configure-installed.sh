#!/bin/sh
# configure-installed.sh ROOT: into an unpacked Debian root, what the installer writes, and what a test needs to drive it
# (drive.sh). Everything else is Debian's default.
set -eu
root=$1

"$(dirname "$0")/drive.sh" "$root"
# the installer's, but for the consoles
cat > "$root/etc/default/grub" <<'EOF'
GRUB_DEFAULT=0
GRUB_TIMEOUT=5
GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo Debian`
GRUB_CMDLINE_LINUX_DEFAULT="quiet splash"
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0"
EOF
