"""The life of a machine whose root and swap are volumes of a group on the encrypted partition, the same on each release."""
import os
import re

from . import attacker, hibernation, installed, layouts, lvm, procs, steps
from .guest import PASSPHRASE, PROMPT, SHELL
from .repo import Repo

GROUP, ROOT, SWAP = "debian-vg", "/dev/mapper/debian--vg-root", "/dev/mapper/debian--vg-swap_1"
MORE = 512 << 20
RESCUE = rb"\(initramfs\) "
REFUSED = rb"was\s+unlocked\s+and\s+is\s+now\s+closed"
ENDS = (RESCUE, rb"reboot: ", rb"BdsDxe: ")
# The partition with all of a disk that has become larger, then the volume on it, the group, and the root.
GROW = """sfdisk -q --force --relocate gpt-bak-std /dev/vda
echo ', +' | sfdisk -q --force --no-reread -N 3 /dev/vda
partx -u --nr 3 /dev/vda
cryptsetup resize --key-file /run/passphrase vda3_crypt
pvresize /dev/mapper/vda3_crypt
lvextend -l +100%FREE debian-vg/root
resize2fs /dev/mapper/debian--vg-root"""
MORE_BYTES = 256 << 20
# A second encrypted disk in the group.
EXTEND = """cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \\
	--key-file /run/passphrase /dev/vdb
cryptsetup open --key-file /run/passphrase /dev/vdb more_crypt
echo "more_crypt UUID=$(cryptsetup luksUUID /dev/vdb) none luks,discard" >>/etc/crypttab
pvcreate -q /dev/mapper/more_crypt
vgextend -q debian-vg /dev/mapper/more_crypt
systemctl daemon-reload
"""
# The beginning of the root goes there.
MOVE = """first=$(pvs --noheadings --segments -o pvseg_start,lv_name /dev/mapper/vda3_crypt |
	sed -n 's/^ *\\([0-9]*\\) *root *$/\\1/p' | sort -n | head -n 1)
pvmove -q /dev/mapper/vda3_crypt:$first-$((first + 31)) /dev/mapper/more_crypt
"""
# Debian 13 marks the devices below the root for deferred removal (cryptsetup-initramfs, local-bottom): the volume closes
# itself when nothing of the root is on it any more.
BACK = """if vgreduce -q debian-vg /dev/mapper/more_crypt; then
	pvremove -q /dev/mapper/more_crypt
else
	vgreduce -q --removemissing debian-vg
fi
sed -i '/^more_crypt /d' /etc/crypttab
systemctl daemon-reload
"""


def life(t, release):
    """Somebody enrols, reboots, upgrades the kernel, makes the root larger, then the disk, moves a part of the root to
    a second disk and back. Then others come with disks of their own."""
    t.start_from(layouts.lvm(release))
    with Repo(os.path.join(t.work, "repo"), [release.deb()]) as source, t.machine() as vm:
        vm.boot_with_passphrase()
        _on_the_group(t, vm, "before")
        steps.install(t, source, vm)
        said = steps.enroll(t, vm)
        t.says("enroll names the volume that is encrypted", said.out, "vda3_crypt")
        vm.reboot()
        t.opens_by_itself(vm, "reboot")
        _on_the_group(t, vm, "after the reboot")
        steps.is_trusted(t, vm, "after the reboot")
        new = vm.run("cat %s/names" % installed.NEWER).split()[1]
        steps.upgrade(t, vm, installed.NEWER, new)
        vm.reboot()
        t.opens_by_itself(vm, "reboot into the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        _on_the_group(t, vm, "in the new kernel")
        steps.is_trusted(t, vm, "in the new kernel")
        told = vm.try_run("bootseal calibrate", steps.LONG)
        t.ok("calibrate finds this boot exact", told.status == 0 and re.search(r"\bexact\b", told.out), told)
        vm.run("lvextend -L +64M %s/root && resize2fs %s" % (GROUP, ROOT), steps.LONG)
        vm.power_off()
    with open(t.state.disk, "r+b") as disk:
        disk.truncate(layouts.DISK_BYTES + MORE)
    more = os.path.join(t.work, "more.img")
    with open(more, "wb") as disk:
        disk.truncate(MORE_BYTES)
    with t.machine(disks=[more]) as vm:
        t.opens_by_itself(vm, "with a larger root, on a larger disk")
        _grow(t, vm)
        vm.reboot()
        t.opens_by_itself(vm, "after it has grown")
        _on_the_group(t, vm, "after it has grown")
        steps.is_trusted(t, vm, "after it has grown")
        _on_two_disks(t, vm)
        known = _what_an_attacker_may_know(vm)
        _the_root_is_lost(t, vm)
        vm.power_off()
    for what, path in _foreign_disks(t, known):
        _with_his_disk(t, path, what)


def _below(vm, device):
    """What that device lies on, itself first: [("debian--vg-root", "lvm"), ("vda3_crypt", "crypt"), ...]."""
    return [tuple(line.split()) for line in vm.run("lsblk -s -l -n -o NAME,TYPE %s" % device).strip().split("\n")]


def _is_encrypted(vm, device):
    return [name for name, kind in _below(vm, device) if kind != "lvm"] == ["vda3_crypt", "vda3", "vda"]


def _swaps(vm):
    return vm.run("swapon --show=NAME --noheadings").split()


def _on_the_group(t, vm, when):
    root = vm.run("findmnt -n -o SOURCE /").strip()
    t.ok("%s: the root is the group's, encrypted" % when, root == ROOT and _is_encrypted(vm, root), _below(vm, root))
    swaps = _swaps(vm)
    same = swaps and vm.run("readlink -f %s" % SWAP) == vm.run("readlink -f %s" % swaps[0])
    t.ok("%s: swap is on, the group's, encrypted" % when, same and len(swaps) == 1 and _is_encrypted(vm, SWAP), swaps)


def _grow(t, vm):
    before = int(vm.run("lsblk -b -n -d -o SIZE " + ROOT))
    said = steps.script(vm, GROW)
    grown = int(vm.run("lsblk -b -n -d -o SIZE " + ROOT)) - before
    t.ok("partition, volume, group and root take the new room", said.status == 0 and grown > MORE // 2, said)


def _root_volumes(vm):
    return {name for name, kind in _below(vm, ROOT) if kind == "crypt"}


def _on_two_disks(t, vm):
    """The boot in which it is back on one is that after the root was lost."""
    done = steps.script(vm, EXTEND)
    t.ok("the group has a second encrypted disk", done.status == 0, done)
    told = vm.try_run("bootseal check", steps.LONG)
    t.says("check names it", told.out, r"the volume group 'debian-vg' has the disk '/dev/mapper/more_crypt', which is "
           "not on an enrolled volume", "the volume more_crypt: it is not enrolled")
    sealed = vm.try_run("bootseal reseal", steps.LONG)
    t.says("so does a reseal", sealed.out, "more_crypt")
    again = steps.try_enroll(vm)
    t.note("enroll with the group on both: %s" % again.out.strip().split("\n")[-3:])
    t.ok("enroll refuses it as long as nothing of the root is there",
         again.status != 0 and "more_crypt" in again.out, again)
    moved = steps.script(vm, MOVE)
    t.ok("pvmove: a part of the root is there",
         moved.status == 0 and _root_volumes(vm) == {"vda3_crypt", "more_crypt"}, moved)
    told = vm.try_run("bootseal check", steps.LONG)
    t.ok("check says no, and what to do", told.status == 5 and
         re.search("lies on the volume 'more_crypt', which is not enrolled.*'bootseal enroll' enrolls", told.out), told)
    again = steps.try_enroll(vm)
    t.ok("enroll takes it in", again.status == 0 and "more_crypt (/dev/vdb)" in again.out, again)
    vm.reboot()
    t.opens_by_itself(vm, "on two disks")
    t.ok("on two disks: the root is", _root_volumes(vm) == {"vda3_crypt", "more_crypt"}, _below(vm, ROOT))
    steps.is_trusted(t, vm, "on two disks")
    vm.run("pvmove -q /dev/mapper/more_crypt", steps.LONG)
    if vm.try_run("test -b /dev/mapper/more_crypt").status:
        told = vm.try_run("bootseal check", steps.LONG)
        t.says("the second disk is gone by itself; check says what to do", told.out,
               r"debian-vg' has a disk that is not there.*vgreduce --removemissing debian-vg")
    back = steps.script(vm, BACK)
    t.ok("all is moved back", back.status == 0 and _root_volumes(vm) == {"vda3_crypt"}, back)
    again = steps.try_enroll(vm)
    t.ok("enroll leaves the second disk out",
         again.status == 0 and "more_crypt" not in vm.run("cat /etc/bootseal/anchor"), again)
    told = vm.try_run("bootseal check", steps.LONG)
    t.ok("check says yes then", told.status == 0, told)


def _the_root_is_lost(t, vm):
    """Everything is measured as it was and the volume opens, but the root is not there: a person gets a shell, in which the
    volume is closed although its group was in use, and mends it."""
    vm.run("lvrename %s root lost" % GROUP)
    vm.reboot()
    number, _ = vm.serial.expect(RESCUE, rb"restarting in 5 seconds", timeout=600, reject=[PROMPT])
    if not t.ok("without its root the machine comes to a shell", number == 0, vm.console()[-3000:]):
        return
    t.says("the TPM had opened the volume, and it is closed again", vm.console(), "vda3_crypt: unlocked by the TPM",
           "vda3_crypt: was unlocked and is now closed")
    vm.type_line("ls /dev/mapper; echo code $?")
    vm.serial.expect(rb"code 0\r?\n", timeout=120)
    left = vm.console()[-400:].split("ls /dev/mapper")[-1]
    t.ok("nothing of the group is left", "debian--vg" not in left, left)
    # at its question what is typed too early is lost
    vm.type_line("printf '%s' | cryptsetup open --key-file - /dev/vda3 vda3_crypt; echo code $?" % PASSPHRASE)
    vm.serial.expect(rb"code 0\r?\n", timeout=300)
    vm.serial.expect(RESCUE, timeout=120)
    vm.type_line("udevadm settle; lvm lvrename %s lost root; lvm vgchange -ay; echo code $?" % GROUP)
    vm.serial.expect(rb"code 0\r?\n", timeout=120)
    vm.serial.expect(RESCUE, timeout=120)
    vm.type_line("exit")
    vm.wait_for_shell()
    _on_the_group(t, vm, "mended in the rescue shell")


# --- others' disks


def _what_an_attacker_may_know(vm):
    """The group's metadata, which lvm2's hook copies with /etc/lvm into the initrds on /boot, and two UUIDs."""
    ids = dict(line.split() for line in vm.run("lvs --noheadings -o lv_name,lv_uuid " + GROUP).strip().split("\n"))
    ids["vg"] = vm.run("vgs --noheadings -o vg_uuid " + GROUP).strip()
    ids["pv"] = vm.run("pvs --noheadings -o pv_uuid /dev/mapper/vda3_crypt").strip()
    vm.run("vgcfgbackup -f /run/group " + GROUP)
    return {"ids": ids, "text": vm.read("/run/group").decode(), "uuid": vm.run("blkid -s UUID -o value " + ROOT).strip(),
            "swap": vm.run("blkid -s UUID -o value " + SWAP).strip()}


def _foreign_disks(t, known):
    """Makes one disk after the other: what it is, and its path."""
    image, disk = os.path.join(t.work, "volume.img"), os.path.join(t.work, "other.img")
    with open(image, "wb") as file:
        file.write(attacker.root_image(t.work))
    procs.run(["tune2fs", "-U", known["uuid"], image])
    root = _content(image)
    hibernation.swap_disk(image, known["swap"])
    swap = _content(image)
    lvm.disk(disk, GROUP, {"root": root, "swap_1": swap})
    yield "a foreign group of the same name", disk
    lvm.disk(disk, GROUP, {"swap_1": swap})
    yield "a foreign group of the same name with a swap only", disk
    lvm.disk(disk, GROUP, {"root": root, "swap_1": swap}, known["ids"])
    yield "a foreign group with the UUIDs of the real one", disk
    lvm.second_disk(disk, known["text"], "swap_1", swap)
    yield "a foreign disk that says that it is the real group's and has its swap", disk


def _content(path):
    with open(path, "rb") as file:
        return file.read()


def _with_his_disk(t, disk, what):
    """It refuses, or goes on with root and swap of its own."""
    with t.machine(disks=[disk]) as vm:
        foreign = attacker.SAYS.encode()
        number, _ = vm.boots_to(foreign, REFUSED, PROMPT, SHELL)
        way = ("foreign root", "refused", "prompt", "shell")[number]
        t.note("%s: %s" % (what, way))
        t.says("%s: the TPM has opened the volume, and the foreign root does not run" % what, vm.console(),
               "vda3_crypt: unlocked by the TPM", never=[attacker.SAYS])
        if way == "shell":
            vm.type_line("")
            vm.wait_for_shell(prompt_is_an_error=False)
            t.note("LVM sees " + ", ".join(vm.run("pvs -q --noheadings -o pv_name,vg_name 2>/dev/null").split("\n")))
            t.ok("%s: the root is on the encrypted volume" % what, _is_encrypted(vm, "$(findmnt -n -o SOURCE /)"),
                 vm.run("lsblk"))
            t.ok("%s: swap is on the encrypted volume or off" % what,
                 all(_is_encrypted(vm, swap) for swap in _swaps(vm)), vm.run("lsblk; cat /proc/swaps"))
        elif t.ok("%s: it refuses to go on" % what, way == "refused", vm.console()[-3000:]):
            vm.serial.expect(*ENDS, timeout=120, reject=[foreign, SHELL])
        vm.pull_the_plug()
