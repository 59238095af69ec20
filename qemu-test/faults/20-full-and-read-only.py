"""apt changes the boot chain while /boot, the ESP or the disk is read-only, full or not mounted. Where the
policy can be moved it is; where it cannot, apt succeeds anyway and what is said about the next boot is what
it does. What dpkg itself cannot do is dpkg's failure, and the next boot is the one from before. Afterwards
one command heals."""
from lib import change, images, kernels
from lib.faults import ASKS, OPENS, Faults, make_recovery_key

READ_ONLY = "mount -o remount,ro /boot && mount -o remount,ro /boot/efi\n"
MOVED = r"Policy +generation \d+ is in force now"


def scenario(t):
    with images.repo() as source, Faults(t) as faults:
        with t.resumed("the enrolled machine") as vm:
            source.use_in(vm)
            change.prepare(vm)
            key = make_recovery_key(vm)
            _harmless(t, vm, faults)
            _not_mounted(t, vm, faults)
            _disk_full(t, vm, faults, key)
            _kernel(t, vm, faults)
            faults.keys_open(vm, "after all of it", key)
            vm.reboot()
            t.opens_by_itself(vm, "an orderly reboot at the end")
            t.ok("it is the new kernel", vm.run("uname -r").strip() == kernels.new())


def _apt(t, vm, what, fault):
    said = change.install(vm, fault)
    t.ok("%s: apt ends with 0" % what, said.status == 0, said)
    return said


def _harmless(t, vm, faults):
    """A read-only or a full file system keeps nobody from reading the boot chain."""
    with faults.one(2):
        said = _apt(t, vm, "/boot and ESP read-only", READ_ONLY)
        t.says("/boot and ESP read-only: the policy moves anyway", said.out, MOVED)
        faults.said_and_done(vm, "/boot and ESP read-only", OPENS, said.out)
    vm.run("mount -o remount,rw /boot && mount -o remount,rw /boot/efi")
    with faults.one(3):
        said = _apt(t, vm, "/boot, ESP and /run full",
                    change.fill("/boot") + change.fill("/boot/efi") + change.fill("/run"))
        room = vm.run("for d in /boot /boot/efi /run; do dd if=/dev/zero of=$d/more bs=64k count=1 "
                      "2>/dev/null && echo $d; rm -f $d/more; done; true")
        t.ok("/boot, ESP and /run full: they are", room == "", room)
        t.says("/boot, ESP and /run full: the policy moves anyway", said.out, MOVED)
        faults.said_and_done(vm, "/boot, ESP and /run full", OPENS, said.out)
    vm.run("rm /boot/fill /boot/efi/fill /run/fill")


def _not_mounted(t, vm, faults):
    for what, fault in (("ESP not mounted", "umount /boot/efi"),
                        ("/boot not mounted", "umount /boot/efi /boot")):
        with faults.one():
            said = _apt(t, vm, what, fault)
            t.says(what + ": the hook says so", said.out, "POLICY WAS NOT MOVED", "not mounted")
            t.says(what + ": so do those who tell at login", vm.try_run("cat /run/motd.d/bootseal").out,
                   "REFUSED OR FAILED: .*not mounted")
            faults.said_and_done(vm, what, ASKS, said.out)
            faults.healed(vm, what, "mount -a && bootseal reseal")
            t.ok(what + ", healed: nobody is told anything any more",
                 vm.try_run("cat /run/motd.d/bootseal").status != 0)


def _disk_full(t, vm, faults, key):
    what = "the disk full"
    with faults.one():
        said = _apt(t, vm, what, change.fill(""))
        t.says(what + ": the hook says so", said.out, "POLICY WAS NOT MOVED", "No space left on device")
        t.says(what + ": status repeats it", vm.try_run("bootseal status").out, "REFUSED OR FAILED",
               "No space left on device")
        faults.said_and_done(vm, what, ASKS, said.out)
        faults.keys_open(vm, what, key)
        faults.healed(vm, what, "rm /fill && bootseal reseal")
        t.says(what + ", healed: status is quiet again", vm.try_run("bootseal status").out,
               "unlocks automatically", never=["REFUSED OR FAILED"])


def _kernel(t, vm, faults):
    """What dpkg cannot unpack and update-initramfs cannot write."""
    new = kernels.new()
    what = "/boot read-only before a new kernel"
    with faults.one():
        said = _install_kernel(vm, new, "mount -o remount,ro /boot")
        t.says(what + ": dpkg cannot unpack it, and that is all", said.out, "dpkg: error processing archive",
               never=["(?i)bootseal:"])
        t.ok(what + ": the next boot is not touched", faults.said(vm, what) == OPENS)
    vm.run("mount -o remount,rw /boot")
    what = "no room on /boot for the new kernel's initrd"
    # first of the kernel's hooks, when the kernel itself is in place
    vm.write("/etc/kernel/postinst.d/aa-fill",
             "#!/bin/sh\n" + change.fill("/boot") + "truncate -s -4M /boot/fill\n")
    with faults.one():
        said = _install_kernel(vm, new, "chmod 755 /etc/kernel/postinst.d/aa-fill")
        t.says(what + ": update-initramfs fails, and that is all", said.out, "No space left on device",
               "initramfs-tools exited with return code 1",
               never=["(?i)bootseal:"])
        faults.said_and_done(vm, what, OPENS)
        faults.healed(vm, what, "rm /boot/fill /etc/kernel/postinst.d/aa-fill && dpkg --configure -a")


def _install_kernel(vm, release, before):
    vm.run(before)
    return vm.try_run(images.APT_INSTALL + kernels.package(release), timeout=900)
