"""Somebody gets hold of everything that is in the machine's memory after it unlocked automatically. He finds
the volume key, which dm-crypt must have, but not the key that the TPM released, nor anything that would do in
its place. The same at the prompt, after a boot with the recovery key, and in the rescue shell."""
import os
import re
import secrets

from lib import images, keys, memory, menu
from lib.disk import Disk
from lib.guest import OPENED, PASSPHRASE, PROMPT, SHELL

RESCUE = rb"\(initramfs\) "


class Watch:
    """What is looked for in every dump. The search proves itself each time by something that must be
    there."""

    def __init__(self, t):
        self.t = t
        self.dumps = []
        self.needles = memory.Needles()

    def dump(self, vm, when, volume_key=True, marker=None):
        path = os.path.join(self.t.work, "dump-%d" % len(self.dumps))
        memory.dump(vm, path)
        self.dumps.append((path, when, volume_key, marker))

    def judge(self, *promised):
        for path, when, volume_key, marker in self.dumps:
            needles = self.needles
            if marker:
                needles = memory.Needles(needles)
                needles.add_secret("marker", marker)
            found = memory.search(path, needles)
            os.unlink(path)
            self._judge(found, when, volume_key, marker, promised)
        self.dumps = []

    def _judge(self, found, when, volume_key, marker, promised):
        def pieces(of):
            return [f for f in found if f[1].startswith((of + " (", of + ","))]
        for what in promised:
            self.t.ok("%s: no piece of the %s is in the memory" % (when, what), not pieces(what),
                      memory.say(pieces(what)))
        for what in {"recovery key"} - {*promised}:
            # cryptsetup's own prompt: its memory is not ours to promise anything about
            self.t.note("%s: %d pieces of the %s\n%s"
                        % (when, len(pieces(what)), what, memory.say(pieces(what)[:8])))
        whole = {name for _, name in pieces("volume key")}
        if volume_key:
            self.t.ok("%s: the volume key is, all of it, found by the same search" % when, len(whole) == 8,
                      memory.say(found))
        else:
            self.t.ok("%s: nor is any of the volume key" % when, not whole, memory.say(pieces("volume key")))
        if marker:
            self.t.ok("%s: what was put there to be found is found" % when, pieces("marker"))


def scenario(t):
    t.start_from(images.enrolled())
    lines = menu.lines_before_linux(Disk(t.state.disk).read("/boot/grub/grub.cfg"))
    watch = Watch(t)
    with t.machine() as vm:
        vm.boots_to(OPENED, reject=[PROMPT])
        watch.dump(vm, "just after the TPM has opened it")
        vm.wait_for_shell()
        watch.dump(vm, "after an automatic boot")
        boot = keys.Boot(vm)
        recovery = vm.run("printf '%s' | bootseal recovery-key --key-file - 2>/dev/null | cat"
                          % PASSPHRASE).strip()
        vm.power_off()
    _add_keys(t, watch, boot)
    watch.judge("keyslot key", "keyslot area key")

    # from here on a machine whose memory has never held the recovery key
    _add_recovery_key(watch, recovery)
    marker = secrets.token_bytes(32)
    with t.machine() as vm:
        menu.edit_command_line(vm, " bootseal.test=" + marker.hex(), lines)
        t.asks(vm, "edited command line", r"PCR 8 \(")
        watch.dump(vm, "at the prompt", volume_key=False, marker=marker)
        vm.answer(recovery)
        vm.wait_for_shell(prompt_is_an_error=False)
        watch.dump(vm, "after the recovery key at cryptsetup's prompt")
        vm.pull_the_plug()
    watch.judge("keyslot key", "keyslot area key")

    with t.machine() as vm:
        menu.edit_command_line(vm, " break=premount", lines)
        vm.serial.expect(RESCUE, timeout=300, reject=[PROMPT])
        vm.type_line("bootseal-unlock recover")
        vm.serial.expect(rb"not shown\): ", timeout=120)
        vm.type_line(recovery)
        vm.serial.expect(rb"cryptroot: unlocked with the recovery key", timeout=120)
        vm.serial.expect(RESCUE, timeout=120)
        watch.dump(vm, "in the rescue shell after recover")
        vm.pull_the_plug()
    watch.judge("keyslot key", "keyslot area key", "recovery key")


def _add_keys(t, watch, boot):
    """The TPM gives the key out on the host, where PCR 15 is zero and the rest was measured again."""
    key = bytes.fromhex(keys.unseal_on_host(boot, t.state.tpm, os.path.join(t.work, "by-hand")))
    header = Disk(t.state.disk).read_luks_header()
    keyslot = boot.token["keyslots"][0]
    volume_key = keys.volume_key(header, keyslot, key, t.work)
    t.ok("the key that is looked for is the one that opens the keyslot", len(key) == 32
         and len(volume_key) == 64)
    watch.needles.add_secret("keyslot key", key)
    # decrypts the keyslot as well as the key itself
    watch.needles.add("keyslot area key", keys.area_key(header, keyslot, key))
    watch.needles.add("volume key", volume_key)


def _add_recovery_key(watch, text):
    groups = re.fullmatch(r"(?:[0-9]{6} ){7}[0-9]{6}", text).group(0).split()
    for separator in (" ", "-", ""):
        typed = separator.join(groups).encode()
        watch.needles.add("recovery key (as typed)", typed, 2 * (6 + len(separator)))
    watch.needles.add("recovery key (raw)", b"".join((int(g) // 11).to_bytes(2, "big") for g in groups))
    for name, data in memory.hmac_shapes(text.encode()):
        watch.needles.add("recovery key (%s)" % name, data, 14 if "block" in name else 2 * memory.PIECE)
