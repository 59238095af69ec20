"""Machines whose encrypted root lies on RAID, LVM or several volumes: what all of them go through, the same on each release."""
import os
import re

from . import installed, steps
from .guests_view import booted_up
from .repo import Repo

LEAVES = {"disk", "part", "raid1", "lvm"}


def life(t, image, release, volumes, between=None):
    """Somebody enrols, reboots, upgrades the kernel and reboots. volumes: the mappings that have to be open for the root.
    between(vm): before the end, in the new kernel."""
    t.start_from(image)
    with Repo(os.path.join(t.work, "repo"), [release.deb()]) as source, t.machine() as vm:
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
