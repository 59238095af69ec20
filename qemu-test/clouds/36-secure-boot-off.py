"""Secure Boot is off, on Debian 13, whose GRUB 2.12 then starts Linux in another way. The policy holds PCR 0 and 2, too.
Switched on later, the machine asks."""
import os
import shutil

from lib import as_delivered, cloud, debian, steps, vm as machines
from lib.repo import Repo

NO_KEYS = "/usr/share/OVMF/OVMF_VARS_4M.fd"


def scenario(t):
    t.start_from(cloud.cloud(debian.TRIXIE))
    shutil.copyfile(NO_KEYS, t.state.vars)
    with Repo(os.path.join(t.work, "repo"), [debian.TRIXIE.deb()]) as source, t.machine() as vm:
        vm.boot_with_passphrase()
        said = as_delivered.enroll(t, source, vm)
        t.says("enroll says that Secure Boot is off, and what the policy holds therefore", said, r"(?i)secure boot (is )?off",
               r"PCRs? .*\b0\b.*\b2\b")
        vm.reboot()
        t.opens_by_itself(vm, "reboot")
        steps.is_trusted(t, vm, "after the reboot")
        new = as_delivered.upgrade(t, vm)
        vm.reboot()
        t.opens_by_itself(vm, "reboot into the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        steps.is_trusted(t, vm, "in the new kernel")
        vm.power_off()
    shutil.copyfile(machines.OVMF_VARS, t.state.vars)
    with t.machine() as vm:
        t.asks(vm, "Secure Boot switched on", r"not unlocked by the TPM: .*PCR 7 \(")
        vm.answer()
        vm.wait_for_shell(prompt_is_an_error=False)
        vm.power_off()
