"""Somebody plugs in a disk that answers to the UUID of the encrypted root: a copy of its header with the beginning of the data,
before and behind the real disk. What the TPM opens is the real one, or the machine refuses to go on. Then it is a whole copy,
as one makes for a larger disk: check says so."""
import os
import re

from lib import images, steps
from lib.disk import HEADER_BYTES, Disk
from lib.guest import PROMPT, SHELL
from lib.guests_view import booted_up
from lib.stacks import CLOSED, ENDS
from lib.vm import copy_sparse

BEGINNING = 48 << 20


def scenario(t):
    t.start_from(images.enrolled())
    disk = Disk(t.state.disk)
    copy = os.path.join(t.work, "copy.img")
    with open(disk.path, "rb") as real, open(copy, "wb") as file:
        real.seek(disk.start["root"])
        file.write(real.read(HEADER_BYTES + BEGINNING))
    for where in ("first_disks", "disks"):
        _beside_a_beginning(t, where, copy)
    whole = os.path.join(t.work, "whole.img")
    copy_sparse(disk.path, whole)
    with t.machine(disks=[whole]) as vm:
        t.opens_by_itself(vm, "with a whole copy of the disk")
        booted_up(vm)
        told = vm.try_run("bootseal check", steps.LONG)
        t.ok("with a whole copy of the disk: check says so",
             told.status == 5 and "a copy of this disk is plugged in" in told.out, told)
        vm.pull_the_plug()


def _beside_a_beginning(t, where, copy):
    what = "a copy of the header, %s the disk" % ("before" if where == "first_disks" else "behind")
    with t.machine(**{where: [copy]}) as vm:
        number, _ = vm.boots_to(CLOSED, PROMPT, SHELL)
        way = ("refused", "prompt", "shell")[number]
        t.note("%s: %s" % (what, way))
        t.says("%s: the TPM has opened a volume" % what, vm.console(), "cryptroot: unlocked by the TPM")
        if way == "shell":
            vm.type_line("")
            vm.wait_for_shell(prompt_is_an_error=False)
            below = vm.run("lsblk -s -l -n -o NAME,TYPE $(findmnt -n -o SOURCE /)")
            good = re.search(r"(?m) part$", below)
        else:
            below, good = vm.console()[-3000:], way == "refused"
        t.ok("%s: the root is that of the real disk, or none" % what, good, below)
        if way == "refused":
            vm.serial.expect(*ENDS, timeout=120, reject=[SHELL])
        vm.pull_the_plug()
