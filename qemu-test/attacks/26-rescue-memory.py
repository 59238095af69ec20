"""Somebody damages the encrypted root, and the TPM unlocks it anyway: the rescue shell finds the volume
closed again. As root there he reads all of the memory (/proc/kcore): the volume key, which unlocks a copy of
the disk permanently, must have gone with the mapping."""
import os

from lib import keys, memory
from lib.disk import Disk


def scenario(t):
    with t.resumed("before") as vm:
        boot = keys.Boot(vm)
        vm.power_off()
    disk = Disk(t.state.disk)
    key = bytes.fromhex(keys.unseal_on_host(boot, t.state.tpm, os.path.join(t.work, "by-hand")))
    volume_key = keys.volume_key(disk.read_luks_header(), boot.token["keyslots"][0], key, t.work)
    needles = memory.Needles()
    needles.add_secret("keyslot key", key)
    needles.add("volume key", volume_key)
    disk.write_behind_header(os.urandom(64 << 10))

    with t.machine() as vm:
        vm.serial.expect(rb"cryptroot: was unlocked and is now closed", timeout=400)
        vm.serial.expect(rb"\(initramfs\) ", timeout=60)
        # something of our own shows that the search sees what such a shell leaves in memory
        marker = os.urandom(32)
        vm.type_line("echo %s" % marker.hex())
        vm.serial.expect(marker.hex().encode() + rb"\r\n", timeout=60)
        path = memory.dump(vm, os.path.join(t.work, "dump"))
        vm.pull_the_plug()
    needles.add_secret("marker", marker)
    found = memory.search(path, needles)
    for what in ("volume key", "keyslot key"):
        pieces = [f for f in found if f[1].startswith(what)]
        t.ok("no piece of the %s is in the rescue shell's memory" % what, not pieces, memory.say(pieces))
    t.ok("what was put there to be found is found", any(f[1].startswith("marker") for f in found))
