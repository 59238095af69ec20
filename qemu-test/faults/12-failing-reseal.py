"""Somebody has put something of his own beside the boot loader on the ESP, or the boot cannot be judged: apt
still succeeds, says loudly what the next boot will do, status keeps saying it, and the old policy stays. When
the file is right again, all is well again. Then the package is removed: the machine boots with the
passphrase."""
from lib import images, kernels
from lib.guests_view import token

GRUB = "/boot/efi/EFI/BOOT/grubx64.efi"
LOG = "/sys/kernel/security/tpm0/binary_bios_measurements"


def scenario(t):
    with images.repo() as source, t.resumed("first boot") as vm:
        before = token(vm)
        source.use_in(vm)
        vm.run("cp %s /root/grub.efi && printf 0123456789abcdef >> %s" % (GRUB, GRUB))
        said = vm.try_run(images.APT_INSTALL + kernels.package(kernels.new()), timeout=900)
        t.ok("apt succeeds", said.status == 0, said)
        t.says("and says loudly what is wrong", said.out, "NOT MOVED|REFUSED", "grubx64.efi",
               "PASSPHRASE|passphrase")
        t.ok("the old policy stays", token(vm) == before)
        status = vm.try_run("bootseal status")
        t.says("status keeps saying it", status.out, "REFUSED OR FAILED", "grubx64.efi",
               "UNKNOWN, have the passphrase")
        strict = vm.try_run("bootseal reseal --hook --strict")
        t.ok("under --strict the hook fails", strict.status != 0, strict)
        vm.run("cp /root/grub.efi %s" % GRUB)
        healed = vm.try_run("bootseal reseal")
        t.ok("with the file back, reseal works", healed.status == 0, healed)
        t.says("and status is quiet again", vm.try_run("bootseal status").out, "unlocks automatically",
               never=["REFUSED OR FAILED"])
        _cannot_judge(t, vm)
        said = vm.try_run("DEBIAN_FRONTEND=noninteractive apt-get remove -y -q bootseal", timeout=900)
        t.ok("the package is removed", said.status == 0 and vm.try_run("ls /usr/sbin/bootseal").status != 0,
             said)
        vm.reboot()
        way = vm.asks_or_opens()
        t.ok("the next boot asks for the passphrase", way == "prompt", vm.console()[-3000:])
        vm.answer()
        vm.wait_for_shell()
        t.ok("and it opens", vm.run("uname -r").strip() == kernels.new())
        vm.power_off()


def _cannot_judge(t, vm):
    """No event log, no verdict: nothing may be sealed."""
    before = token(vm)
    vm.run("cp -a /run/bootseal/calibration.json /root/ && rm /run/bootseal/calibration.json && mount "
           "--bind /dev/null %s" % LOG)
    said = vm.try_run("bootseal reseal --hook")
    t.ok("a hook that cannot judge this boot ends with 0", said.status == 0, said)
    t.says("and says loudly that the policy was not moved", said.out, "NOT MOVED")
    plain = vm.try_run("bootseal reseal")
    t.ok("reseal by hand fails", plain.status != 0, plain)
    t.ok("the policy is the one from before", token(vm) == before)
    vm.run("umount %s && mv /root/calibration.json /run/bootseal/" % LOG)
    t.ok("afterwards it works again", vm.try_run("bootseal reseal").status == 0)
