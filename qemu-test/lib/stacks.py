"""Machines whose encrypted root lies on RAID, LVM or several volumes: what all of them go through, the same on each release."""
import os
import re

from . import attacker, installed, procs, steps
from .guest import PROMPT, SHELL
from .guests_view import booted_up
from .repo import Repo

LEAVES = {"disk", "part", "raid1", "lvm"}
CLOSED = rb"was\s+unlocked\s+and\s+is\s+now\s+closed"
ENDS = (rb"\(initramfs\) ", rb"reboot: ", rb"BdsDxe: ")


def life(t, image, release, volumes, between=None, disks=()):
    """Somebody enrols, reboots, upgrades the kernel and reboots. volumes: the mappings that have to be open for the root.
    between(vm): before the end, in the new kernel. disks: more of them, which have nothing to do with it."""
    t.start_from(image)
    with Repo(os.path.join(t.work, "repo"), [release.deb()]) as source, t.machine(disks=disks) as vm:
        for _ in volumes:
            vm.wait_for_prompt()
            vm.answer()
        vm.wait_for_shell(prompt_is_an_error=False)
        is_encrypted(t, vm, "before", volumes)
        steps.install(t, source, vm)
        said = steps.enroll(t, vm)
        t.says("enroll names each volume", said.out, *volumes)
        vm.reboot()
        opens(t, vm, "reboot", volumes)
        new = vm.run("cat %s/names" % installed.NEWER).split()[1]
        steps.upgrade(t, vm, installed.NEWER, new)
        vm.reboot()
        opens(t, vm, "reboot into the new kernel", volumes)
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        if between:
            between(vm)
        vm.power_off()


def opens(t, vm, when, volumes):
    t.opens_by_itself(vm, when)
    booted_up(vm)
    is_encrypted(t, vm, when, volumes)
    steps.is_trusted(t, vm, when)


def is_encrypted(t, vm, when, volumes):
    """Every way down from the root's device ends at one of these volumes, and beneath them is nothing encrypted."""
    sources = {re.sub(r"\[.*", "", line) for line in vm.run("findmnt -n -o SOURCE /").split("\n") if line}
    uuid = vm.run("findmnt -n -o UUID /").strip()
    sources |= set(vm.run("blkid -t UUID=%s -o device" % uuid).split())
    found = {}
    for source in sources:
        for line in vm.run("lsblk -s -l -n -o NAME,TYPE " + source).strip().split("\n"):
            name, kind = line.split()
            found[name] = kind
    crypt = {name for name, kind in found.items() if kind == "crypt"}
    t.ok("%s: the root lies on %s" % (when, " and ".join(volumes)),
         crypt == set(volumes) and set(found.values()) <= LEAVES | {"crypt"}, found)


def root_uuid(vm):
    return vm.run("findmnt -n -o UUID /").strip()


def foreign_root(t, uuid):
    """A disk with an ext4 that has the root's UUID, and an init of the attacker's."""
    path = os.path.join(t.work, "foreign-root.img")
    with open(path, "wb") as file:
        file.write(attacker.root_image(t.work))
    procs.run(["tune2fs", "-U", uuid, path])
    return path


def beside_a_foreign_root(t, disk, what, volumes):
    """It refuses, or goes on with the root of its own."""
    with t.machine(disks=[disk]) as vm:
        foreign = attacker.SAYS.encode()
        number, _ = vm.boots_to(foreign, CLOSED, PROMPT, SHELL)
        way = ("foreign root", "refused", "prompt", "shell")[number]
        t.note("%s: %s" % (what, way))
        t.says("%s: the TPM has opened, and the foreign root does not run" % what, vm.console(),
               *("%s: unlocked by the TPM" % name for name in volumes), never=[attacker.SAYS])
        if way == "shell":
            vm.type_line("")
            vm.wait_for_shell(prompt_is_an_error=False)
            is_encrypted(t, vm, what, volumes)
        elif t.ok("%s: it refuses to go on" % what, way == "refused", vm.console()[-3000:]):
            vm.serial.expect(*ENDS, timeout=120, reject=[foreign, SHELL])
        vm.pull_the_plug()
