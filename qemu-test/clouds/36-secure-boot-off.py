"""Secure Boot is off, on Debian 13, whose GRUB 2.12 then starts Linux in another way. The policy holds PCR 0 and 2, too.
Switched on later, the machine asks. All of it at the serial line, the only console of a machine in a cloud: recovery key
and the YES for a foreign header included."""
import os
import re
import shutil

from lib import as_delivered, cloud, debian, luks2, steps, vm as machines
from lib.guest import PASSPHRASE, PROMPT
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
        key = vm.run("printf '%s' | bootseal recovery-key --key-file - 2>/run/said | cat" % PASSPHRASE).strip()
        t.ok("there is a recovery key", re.fullmatch(r"([0-9]{6} ){7}[0-9]{6}", key), key)
        uuid = vm.run("cryptsetup luksUUID $(blkid -t TYPE=crypto_LUKS -o device)").strip()
        start = int(vm.run("cat /sys/class/block/$(basename $(blkid -t TYPE=crypto_LUKS -o device))/start")) * 512
        vm.power_off()
    shutil.copyfile(machines.OVMF_VARS, t.state.vars)
    with t.machine() as vm:
        t.asks(vm, "Secure Boot switched on", r"not unlocked by the TPM: .*PCR 7 \(",
               "type its passphrase or its recovery key")
        vm.answer(key)
        vm.wait_for_shell(prompt_is_an_error=False)
        t.ok("the recovery key opens at the serial line", True)
        vm.power_off()
    forged = luks2.format_on_host(t.work, "attacker's own", uuid)
    with open(t.state.disk, "r+b") as disk:
        disk.seek(start)
        disk.write(forged)
    with t.machine() as vm:
        vm.serial.expect(rb"bootseal: WARNING: [^\r\n]*\r?\n", timeout=300, reject=[PROMPT])
        vm.serial.expect(rb"type YES:", timeout=60, reject=[PROMPT])
        vm.type_line("no")
        vm.serial.expect(rb"type YES:", timeout=60, reject=[PROMPT])
        vm.type_line("YES")
        vm.wait_for_prompt()
        t.ok("a foreign header is named before the prompt, and YES is asked for at the serial line", True)
        vm.pull_the_plug()
