"""The life of a machine as Debian's installer leaves it, the same on each release."""
import os
import re

from . import debian, installed, menu, screen, steps
from .repo import Repo


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
        steps.is_trusted(t, vm, "after the reboot")
        steps.upgrade(t, vm, installed.NEWER, new)
        vm.reboot()
        t.opens_by_itself(vm, "reboot into the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        steps.is_trusted(t, vm, "in the new kernel")
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
    steps.install(t, source, vm)
    said = steps.enroll(t, vm)
    left_out = "".join(re.findall(r"^Left out .*\n(?: .*\n)*", said.out, re.M)).splitlines()
    t.ok("only the entries of recovery mode are left out", all("(recovery mode)" in line for line in left_out), said)
