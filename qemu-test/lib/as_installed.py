"""The life of a machine as Debian's installer leaves it, the same on each release."""
import os
import re

from . import debian, images, installed, menu, screen
from .guests_view import booted_up
from .repo import Repo

LONG = 3000  # seconds: full initrds in emulation


def life(t, release):
    """Somebody has installed that release and changed nothing: enrols, reboots, upgrades the kernel, reboots, and edits
    the command line in the menu."""
    t.start_from(installed.installed(release))
    with Repo(os.path.join(t.work, "repo"), [release.deb()]) as source, t.machine(firmware=installed.DISPLAY) as vm:
        vm.boot_with_passphrase()
        old, new, cloud = vm.run("cat %s/names" % installed.NEWER).split()
        t.says("GRUB has its font and a graphical terminal", vm.run("cat /boot/grub/grub.cfg"),
               r"loadfont unicode", r"terminal_output gfxterm", r"quiet splash")
        t.ok("both kernels are in the menu", {old, cloud} <= set(vm.run("ls /lib/modules").split()))
        t.says("the firmware started it from its own entry", vm.run("efibootmgr -v"), r"BootCurrent: 0*(\d+)",
               r"Boot\d+\* debian\b.*shimx64")
        _enroll(t, source, vm)
        vm.reboot()
        t.opens_by_itself(vm, "reboot")
        screen.picture(vm, os.path.join(t.logs, t.name + "-booted.png"))
        _is_trusted(t, vm, "after the reboot")
        _upgrade(t, vm, new)
        vm.reboot()
        t.opens_by_itself(vm, "reboot into the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        _is_trusted(t, vm, "in the new kernel")
        lines = menu.lines_before_linux(vm.run("cat /boot/grub/grub.cfg").encode())
        vm.reboot()
        screen.edit_command_line(vm, " bootseal.test=edited", lines)
        # GRUB 2.12 starts the kernel's stub, which measures the command line once more
        also = r"\)\s+and\s+PCR\s+9 \(" if release is debian.TRIXIE else r"\)\s+differs"
        t.asks(vm, "edited command line", r"not unlocked by the TPM: PCR 8 \([^)]*" + also, never=["PCR 4 ", "PCR 7 "])
        screen.picture(vm, os.path.join(t.logs, t.name + "-asks.png"))
        vm.answer()
        vm.wait_for_shell(prompt_is_an_error=False)
        t.says("the passphrase opens it", vm.run("cat /proc/cmdline"), "bootseal.test=edited")
        vm.reboot()
        t.opens_by_itself(vm, "the boot after it")
        vm.power_off()


def _enroll(t, source, vm):
    source.use_in(vm)
    install = vm.try_run(images.APT_INSTALL + "bootseal", LONG)
    t.ok("apt-get install ends well", install.status == 0, install)
    vm.write("/run/passphrase", images.PASSPHRASE)
    enroll = vm.try_run("bootseal enroll --key-file /run/passphrase", LONG)
    vm.run("rm /run/passphrase")
    t.ok("enroll ends well", enroll.status == 0, enroll)
    t.says("enroll says what the next boot will do", enroll.out, r"Next boot .* will unlock automatically",
           never=["REFUSED"])
    left_out = "".join(re.findall(r"^Left out .*\n(?: .*\n)*", enroll.out, re.M)).splitlines()
    t.ok("only the entries of recovery mode are left out", all("(recovery mode)" in line for line in left_out), enroll)
    scan = vm.try_run("bootseal scan")
    t.ok("nothing foreign is found on the boot file systems", scan.status == 0, scan)


def _upgrade(t, vm, new):
    said = vm.try_run("%s %s/linux-image-%s_*.deb" % (images.APT_INSTALL, installed.NEWER, new), LONG)
    t.ok("apt-get install of a newer kernel ends well", said.status == 0, said)
    t.says("the hooks move the policy", said.out, r"Policy +generation \d+ is in force now",
           never=["NOT MOVED", "REFUSED"])


def _is_trusted(t, vm, when):
    booted_up(vm)
    t.ok("%s: the model finds this boot exact" % when, "exact" in vm.run("cat /run/bootseal/calibration.json"))
    check = vm.try_run("bootseal check", LONG)
    t.ok("%s: check says yes" % when, check.status == 0, check)
    t.says("%s: no kernel will ask" % when, check.out, "will unlock", never=["will ask"])
