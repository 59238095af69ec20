"""The life of a machine with root and swap on LVM, that on an encrypted volume, that on a RAID 1: a half that is missing, put
back, and of an attacker's making; and a disk with the root's UUID."""
from . import layouts, luks2, stacks
from .guest import OPENED, PROMPT, SHELL

VOLUMES = ["vda3_crypt"]
SUPERBLOCK = 4096  # into a half: metadata 1.2
HALVES = {3: (1 << 20) + (640 << 20), 4: (1 << 20) + (3240 << 20)}
REFUSED = rb"bootseal: WARNING: [^\r\n]*\r?\n"


def life(t, release):
    stacks.life(t, layouts.raid(release), release, VOLUMES, lambda vm: _where_it_is(t, vm))
    data = t.half_data
    _wipe(t, HALVES[4] + SUPERBLOCK)
    with t.machine() as vm:
        stacks.opens(t, vm, "with one half missing", VOLUMES)
        t.says("one half is missing", vm.run("cat /proc/mdstat"), r"\[U_\]|\[_U\]")
        added = vm.try_run("mdadm --add /dev/md[0-9]* /dev/vda4 && mdadm --wait /dev/md[0-9]* || test $? = 1", 900)
        t.ok("a new half is added", added.status == 0, added)
        t.says("both are there", vm.run("cat /proc/mdstat"), r"\[UU\]")
        uuid = vm.run("cryptsetup luksUUID /dev/md[0-9]*").strip()
        root = stacks.root_uuid(vm)
        vm.power_off()
    with t.machine() as vm:
        stacks.opens(t, vm, "with the new half", VOLUMES)
        vm.power_off()
    _a_foreign_half(t, uuid, data)
    stacks.beside_a_foreign_root(t, stacks.foreign_root(t, root), "a foreign disk with the root's UUID", VOLUMES)


def _where_it_is(t, vm):
    """Where the halves begin on the disk, and the array's content in them."""
    starts = {n: int(vm.run("cat /sys/class/block/vda%d/start" % n)) * 512 for n in HALVES}
    t.ok("the halves are where the attacker thinks", starts == HALVES, starts)
    t.half_data = int(vm.run("mdadm --examine /dev/vda3 | sed -n 's/.*Data Offset : \\([0-9]*\\) sectors.*/\\1/p'")) * 512


def _wipe(t, at, size=4096):
    with open(t.state.disk, "r+b") as disk:
        disk.seek(at)
        disk.write(bytes(size))


def _a_foreign_half(t, uuid, data):
    """The array says that both halves are good, and one of them begins with a header of the attacker's. Which is read is the
    kernel's choice; what is judged is what is opened."""
    forged = luks2.format_on_host(t.work, "attacker's own", uuid)
    for halves in ([3], [4], [3, 4]):
        kept = {}
        with open(t.state.disk, "r+b") as disk:
            for half in halves:
                disk.seek(HALVES[half] + data)
                kept[half] = disk.read(len(forged))
                disk.seek(HALVES[half] + data)
                disk.write(forged)
        what = "a foreign header in %s" % ("both halves" if len(halves) > 1 else "half %d" % halves[0])
        with t.machine() as vm:
            number, _ = vm.boots_to(OPENED, REFUSED, PROMPT)
            t.note("%s: %s" % (what, ("opened", "refused", "prompt")[number]))
            if number == 0 and len(halves) == 1:
                number, _ = vm.boots_to(SHELL, PROMPT)
                t.ok(what + ": the real one was read and opened", number == 0, vm.console()[-3000:])
            else:
                t.ok(what + ": refused with a warning, before any prompt", number == 1, vm.console()[-3000:])
            vm.pull_the_plug()
        with open(t.state.disk, "r+b") as disk:
            for half, text in kept.items():
                disk.seek(HALVES[half] + data)
                disk.write(text)
