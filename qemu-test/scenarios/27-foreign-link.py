"""While the machine is off, somebody makes grub.cfg a link to /etc/profile.d/x.sh, which GRUB finds on /boot and the
running system on its root. GRUB reads the same bytes, and the TPM unlocks; but nothing of the system writes through
the link, each says why, and a new policy comes only when the link is gone."""
from lib import images
from lib.disk import Disk
from lib.guests_view import booted_up, token

CFG = "/boot/grub/grub.cfg"
TARGET = "/etc/profile.d/x.sh"


def scenario(t):
    t.start_from(images.enrolled())
    disk = Disk(t.state.disk)
    disk.make_folders("/boot/etc/profile.d")
    disk.write("/boot" + TARGET, disk.read(CFG))
    disk.remove(CFG)
    disk.make_link(CFG, TARGET)
    with t.machine() as vm:
        t.opens_by_itself(vm, "grub.cfg as a link to a file with the same bytes")
        booted_up(vm)
        t.says("the notice at login names it", vm.run("cat /run/motd.d/*"), CFG + ": a symbolic link")
        scan = vm.try_run("bootseal scan")
        t.says("scan names it", scan.out, CFG + ": a symbolic link")
        t.ok("and fails", scan.status != 0, scan)
        before = token(vm)
        for what in ("update-grub", "update-initramfs -u"):
            said = vm.try_run(what, 900)
            t.ok("%s fails" % what, said.status != 0, said)
            t.says("%s says why" % what, said.out, "bootseal.*symbolic link")
        said = vm.try_run("bootseal reseal")
        t.ok("a reseal refuses", said.status != 0 and "symbolic link" in said.out, said)
        said = vm.try_run("bootseal reseal --accept-current")
        t.ok("with --accept-current, too", said.status != 0 and "symbolic link" in said.out, said)
        t.ok("the policy is the one from before", token(vm) == before)
        t.ok("nothing was written into the root", vm.try_run("test -e " + TARGET).status != 0)

        vm.run("rm %s && mv /boot%s %s && rm -r /boot/etc && bootseal scan" % (CFG, TARGET, CFG))
        said = vm.try_run("bootseal reseal && update-grub && bootseal reseal", 900)
        t.ok("without the link a reseal and update-grub work again", said.status == 0, said)
        vm.reboot()
        t.opens_by_itself(vm, "the boot after it")
