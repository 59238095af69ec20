"""The lives of machines whose root is a btrfs: a subvolume on a volume that lies on LVM, and over two encrypted volumes."""
import os

from . import attacker, btrfs, layouts, stacks, steps

# On the second disk a btrfs with the attacker's root, which is on the third; its UUID is changed later. Of two with one UUID
# Linux takes the one that was written more often.
FOREIGN = """generation() { btrfs inspect-internal dump-super "$1" | sed -n 's/^generation[[:space:]]*//p'; }
mkfs.btrfs -q -f /dev/vdb
mkdir -p /run/his /run/source
mount /dev/vdb /run/his
mount -o ro /dev/vdc /run/source
btrfs -q subvolume create /run/his/@rootfs
cp -a /run/source/. /run/his/@rootfs
for i in $(seq $(($(generation "$(findmnt -n -o SOURCE / | sed 's/\\[.*//')") + 100))); do
	echo $i >/run/his/count
	sync -f /run/his
done
umount /run/his /run/source
"""


def _life(t, image, release, volumes):
    """Then a disk is plugged in with a btrfs that has the root's UUID and its subvolume."""
    disk, source = os.path.join(t.work, "foreign.img"), os.path.join(t.work, "source.img")
    with open(disk, "wb") as file:
        file.truncate(256 << 20)
    with open(source, "wb") as file:
        file.write(attacker.root_image(t.work))
    found = {}

    def make(vm):
        made = steps.script(vm, FOREIGN)
        t.ok("the attacker's btrfs is made", made.status == 0, made)
        found["uuid"] = stacks.root_uuid(vm)

    stacks.life(t, image, release, volumes, make, [disk, source])
    btrfs.take_uuid(disk, found["uuid"])
    stacks.beside_a_foreign_root(t, disk, "a foreign btrfs with the root's UUID", volumes)


def subvolumes(t, release):
    _life(t, layouts.subvolumes(release), release, ["vda3_crypt"])
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
    _life(t, layouts.btrfs(release), release, ["vda3_crypt", "second_crypt"])
