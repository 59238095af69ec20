"""Somebody damages the encrypted root so that it cannot be mounted: the TPM still opens the volume, but the
rescue shell finds it closed again. Then he plugs in a disk of his own with the root file system's UUID: it is
not started beside the open volume."""
import os

from lib import attacker, procs
from lib.disk import Disk

CLOSED_AGAIN = rb"cryptroot: was unlocked and is now closed"


def scenario(t):
    with t.resumed("before") as vm:
        vm.run("update-grub && bootseal reseal")
        uuid = vm.run("blkid -o value -s UUID /dev/mapper/cryptroot").strip()
        named = vm.run("grep -o 'root=[^ ]*' /boot/grub/grub.cfg").split()
        vm.power_off()
    t.note("the root is named %s" % named[0])
    Disk(t.state.disk).write_behind_header(os.urandom(64 << 10))

    with t.machine() as vm:
        vm.serial.expect(CLOSED_AGAIN, timeout=300)
        vm.serial.expect(rb"\(initramfs\) ", timeout=60)
        t.says("the TPM had opened the damaged volume", vm.console(), "cryptroot: unlocked by the TPM")
        # put together in the guest, so that the echo of the line is no answer
        vm.type_line("echo names: $(ls /dev/mapper) e''nd")
        _, match = vm.serial.expect(rb"names: ([a-z0-9 ]*) end", timeout=60)
        t.ok("the rescue shell has no open volume", match.group(1) == b"control", match.group(0))
        vm.type_line("bootseal-unlock open; echo code $?")
        vm.serial.expect(rb"code [1-9]", timeout=60)
        t.says("and the TPM gives nothing more", vm.console(), "the window is closed")
        vm.pull_the_plug()

    # a root of the attacker's own under the same UUID
    other = os.path.join(t.work, "other.img")
    with open(other, "wb") as file:
        file.write(attacker.root_image(t.work))
    procs.run(["tune2fs", "-U", uuid, other])
    with t.machine(disks=[other]) as vm:
        if named[0].startswith("root=UUID="):
            vm.serial.expect(rb"disk\s+may\s+have\s+been\s+replaced", timeout=300)
            vm.serial.expect(CLOSED_AGAIN, timeout=60)
            vm.serial.expect(rb"restarting in 5 seconds", timeout=60)
        else:
            vm.serial.expect(CLOSED_AGAIN, timeout=300)
        t.says("a foreign disk with the root's UUID is not started", vm.console(),
               "cryptroot: unlocked by the TPM", never=[attacker.SAYS])
        vm.pull_the_plug()
