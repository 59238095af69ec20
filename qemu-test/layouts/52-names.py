"""The root's line in /etc/crypttab names its device in each way that crypttab(5) knows: the machine opens by itself. A header
or a key file of its own is refused by name, with what to do."""
from lib import images, steps
from lib.guests_view import booted_up

SERIAL = "rootdisk"
LABEL = "luks:root"  # of the LUKS2 header, with a sign that udev spells in another way
NAMES = {
    "UUID": "UUID=$(cryptsetup luksUUID /dev/vda3)",
    "PARTUUID": "PARTUUID=$(blkid -s PARTUUID -o value /dev/vda3)",
    "LABEL": "LABEL=" + LABEL,
    "PARTLABEL": "PARTLABEL=root",
    "the disk's serial number": "/dev/disk/by-id/virtio-%s-part3" % SERIAL,
    "path": "/dev/vda3",
}
MAPPING = "cryptroot"
REFUSED = {
    "a detached header": ("none luks,initramfs,header=/etc/header.img",
                          "its header is detached (the option header in crypttab)", "luksHeaderRestore"),
    "a key file": ("/etc/root.key luks,initramfs", "its key file in crypttab is not supported", "write 'none'"),
}
OPENED_BY_PASSPHRASE = "none luks,initramfs"


def scenario(t):
    t.start_from(images.enrolled())
    with t.machine(firmware=["-global", "virtio-blk-device.serial=" + SERIAL]) as vm:
        t.opens_by_itself(vm, "before")
        vm.run("cryptsetup config --label %s /dev/vda3 && udevadm trigger --settle /dev/vda3" % LABEL)
        for what, name in NAMES.items():
            named = _line(vm, name, OPENED_BY_PASSPHRASE)
            t.ok("%s (%s): the initrd is made" % (what, named), _update(vm))
            told = vm.try_run("bootseal check", steps.LONG)
            t.ok("%s: check says yes" % what, told.status == 0, told)
            vm.reboot()
            t.opens_by_itself(vm, what)
            booted_up(vm)
        vm.run("cryptsetup luksHeaderBackup --header-backup-file /etc/header.img /dev/vda3 && printf x >/etc/root.key")
        for what, (rest, why, remedy) in REFUSED.items():
            _is_refused(t, vm, what, rest, why, remedy)
        _line(vm, NAMES["UUID"], OPENED_BY_PASSPHRASE)
        t.ok("the line is as it was, and the initrd is made", _update(vm))
        told = vm.try_run("bootseal check", steps.LONG)
        t.ok("check says yes again", told.status == 0, told)
        vm.reboot()
        t.opens_by_itself(vm, "the line as it was")
        vm.power_off()


def _line(vm, name, rest):
    """Writes the line of the root's volume; returns how it names the device."""
    vm.run("sed -i '/^%s /d' /etc/crypttab && echo \"%s %s %s\" >>/etc/crypttab" % (MAPPING, MAPPING, name, rest))
    return vm.run("sed -n 's/^%s \\([^ ]*\\) .*/\\1/p' /etc/crypttab" % MAPPING).strip()


def _update(vm):
    return vm.try_run("update-initramfs -u", steps.LONG).status == 0


def _is_refused(t, vm, what, rest, why, remedy):
    _line(vm, NAMES["UUID"], rest)
    said = steps.try_enroll(vm)
    t.ok("%s: enroll refuses it by name, with a remedy" % what,
         said.status != 0 and why in said.out and remedy in said.out, said)
    _update(vm)
    told = vm.try_run("bootseal check", steps.LONG)
    t.ok("%s: check says no for an initrd with it, and where to correct it" % what,
         told.status == 5 and "correct /etc/crypttab and run 'update-initramfs" in told.out, told)
