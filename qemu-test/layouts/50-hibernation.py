"""With Secure Boot off the kernel may hibernate: the machine resumes from its own swap, which lies on the encrypted volume
that the TPM has opened, and goes on where it was. After it the next boot is an ordinary one. Debian 13: GRUB 2.06 starts
Linux so that it has no event log then, and that is refused."""
import os
import shutil

from lib import debian, layouts, steps
from lib.guest import OPENED, PROMPT
from lib.guests_view import booted_up, window_is_closed
from lib.repo import Repo

NO_KEYS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
HIBERNATE = "echo 0 >/sys/power/image_size; echo shutdown >/sys/power/disk; sync; echo disk >/sys/power/state; echo back"


def scenario(t):
    release = debian.TRIXIE
    t.start_from(layouts.lvm(release))
    shutil.copyfile(NO_KEYS, t.state.vars)
    with Repo(os.path.join(t.work, "repo"), [release.deb()]) as source, t.machine() as vm:
        vm.boot_with_passphrase()
        steps.install(t, source, vm)
        steps.enroll(t, vm)
        vm.reboot()
        t.opens_by_itself(vm, "reboot")
        steps.is_trusted(t, vm, "after the reboot")
        boot = vm.run("cat /proc/sys/kernel/random/boot_id")
        vm.run("echo in memory only >/run/kept")
        vm.type_line(HIBERNATE)
        vm.wait_for_end(600)
    with t.machine() as vm:
        number, _ = vm.boots_to(rb"\r\nback\r\n", PROMPT, timeout=600)
        console = vm.console()
        t.ok("it resumes without a prompt", number == 0, console[-3000:])
        t.says("the TPM had opened the volume before", console, OPENED.decode())
        vm.refresh()
        t.ok("it is the boot from before, with what was in its memory",
             vm.run("cat /proc/sys/kernel/random/boot_id") == boot and "in memory only" in vm.run("cat /run/kept"))
        t.ok("the window is closed", window_is_closed(vm))
        vm.reboot()
        t.opens_by_itself(vm, "the next boot")
        booted_up(vm)
        t.ok("it is another boot", vm.run("cat /proc/sys/kernel/random/boot_id") != boot)
        steps.is_trusted(t, vm, "after it")
        vm.power_off()
