"""The lives of machines whose root is a btrfs: a subvolume on a volume that lies on LVM, and over two encrypted volumes."""
import os

from . import layouts, stacks, steps


def subvolumes(t, release):
    stacks.life(t, layouts.subvolumes(release), release, ["vda3_crypt"])
    spare = os.path.join(t.work, "spare.img")
    with open(spare, "wb") as file:
        file.truncate(512 << 20)
    with t.machine(disks=[spare]) as vm:
        stacks.opens(t, vm, "with another disk", ["vda3_crypt"])
        vm.run("btrfs device add -f /dev/vdb /", steps.LONG)
        told = vm.try_run("bootseal check", steps.LONG)
        t.ok("check names a disk in the clear that was added", told.status == 5 and "vdb" in told.out, told)
        sealed = vm.try_run("bootseal reseal", steps.LONG)
        t.says("so does a reseal", sealed.out, "vdb")
        removed = vm.try_run("btrfs device remove /dev/vdb /", steps.LONG)
        t.ok("it is taken away again", removed.status == 0, removed)
        told = vm.try_run("bootseal check", steps.LONG)
        t.ok("check says yes then", told.status == 0, told)
        grown = steps.script(vm, "lvextend -q -l +50%FREE below-vg/luks\ncryptsetup resize --key-file /run/passphrase "
                                 "vda3_crypt\nbtrfs filesystem resize max /\n")
        t.ok("the group's volume below, the encrypted one and btrfs are made larger", grown.status == 0, grown)
        vm.reboot()
        stacks.opens(t, vm, "after they have grown", ["vda3_crypt"])
        vm.power_off()


def two_volumes(t, release):
    stacks.life(t, layouts.btrfs(release), release, ["vda3_crypt", "second_crypt"])
