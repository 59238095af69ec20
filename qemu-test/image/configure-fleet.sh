#!/bin/sh
# configure-fleet.sh ROOT: what configure.sh has taken out of an unpacked Debian root so that it boots fast, and a machine
# that others administer needs: its network at boot, an identity of its own, sessions and restarts by systemd-logind.
set -eu
root=$1

for unit in systemd-logind.service systemd-machine-id-commit.service; do
	rm "$root/etc/systemd/system/$unit"
done
# a machine that was never started: its first boot makes an identity, and presets its units
echo uninitialized >"$root/etc/machine-id"
# cloud-init writes the network's configuration there
mkdir -p "$root/etc/network"
echo 'source-directory /etc/network/interfaces.d' >"$root/etc/network/interfaces"
