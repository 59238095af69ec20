"""A machine that hands on no event log: enrolled from the TPM's values alone, opens, goes on with a newer kernel, and a
changed initrd is told by its PCR."""
from lib import images, kernels, steps
from lib.disk import Disk, flip_byte
from lib.guests_view import booted_up

# In the initrd, before anything reads it; the mount goes with /sys into the system.
HIDE = r"""#!/bin/sh
[ "$1" != prereqs ] || exit 0
mount -t securityfs none /sys/kernel/security
: >/run/no-log
mount -o bind /run/no-log /sys/kernel/security/tpm0/binary_bios_measurements
"""
MTIME_IN_GZIP_HEADER = 4


def scenario(t):
    t.start_from(images.plain())
    with images.repo() as source, t.machine() as vm:
        vm.boot_with_passphrase()
        vm.write("/etc/initramfs-tools/scripts/init-top/no-log", HIDE)
        vm.run("chmod 755 /etc/initramfs-tools/scripts/init-top/no-log; update-initramfs -u", 900)
        source.use_in(vm)
        vm.run(images.APT_INSTALL + "bootseal", 1800)
        vm.reboot()
        vm.boot_with_passphrase()
        booted_up(vm)
        size = vm.run("wc -c </sys/kernel/security/tpm0/binary_bios_measurements").strip()
        t.ok("there is no event log", size == "0", size)
        enroll = steps.try_enroll(vm)
        t.ok("enroll ends well", enroll.status == 0, enroll)
        t.says("enroll says that there is none, and what the next boot will do", enroll.out, "no event log",
               r"Next boot .*%s.* will unlock automatically" % kernels.old())
        vm.reboot()
        t.opens_by_itself(vm, "reboot")
        steps.is_trusted(t, vm, "after the reboot")
        vm.run("net-up")
        said = vm.try_run(images.APT_INSTALL + kernels.package(kernels.new()), 1800)
        t.ok("apt-get install of a newer kernel ends well", said.status == 0, said)
        vm.reboot()
        t.opens_by_itself(vm, "reboot into the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == kernels.new())
        steps.is_trusted(t, vm, "in the new kernel")
        vm.power_off()
    disk = Disk(t.state.disk)
    initrd = "/boot/initrd.img-" + kernels.new()
    disk.write(initrd, flip_byte(disk.read(initrd), MTIME_IN_GZIP_HEADER))
    with t.machine() as vm:
        t.asks(vm, "a changed initrd", r"not unlocked by the TPM: PCR 9", never=["PCR 4 ", "PCR 7 ", "PCR 8 "])
        vm.answer()
        vm.wait_for_shell()
        booted_up(vm)
        explain = vm.try_run("bootseal explain", 600)
        t.says("explain names the PCR and the files behind it", explain.out, r"PCR +9", r"initrd")
        refused = vm.try_run("bootseal reseal", 600)
        t.ok("reseal refuses", refused.status != 0, refused)
        vm.power_off()
