"""Somebody sets what the firmware tells systemd and what nothing measures: an SMBIOS string with a credential
that writes a file as root. After a boot by the TPM it is not taken; after a passphrase it is, which shows
that the attack works."""
import base64

from lib import images

WRITES = "f+ /etc/written-from-outside 0600 root root - x"
SMBIOS = ["-smbios", "type=11,value=io.systemd.credential.binary:tmpfiles.extra="
          + base64.b64encode(WRITES.encode()).decode()]
LOOK = "ls /etc | grep written-from-outside"


def scenario(t):
    t.start_from(images.enrolled())
    with t.machine(firmware=SMBIOS) as vm:
        t.opens_by_itself(vm, "with a credential in SMBIOS")
        found = vm.try_run(LOOK).out
        t.ok("systemd takes no credential from SMBIOS", found.strip() == "", found)
        sysrq = vm.run("cat /proc/sys/kernel/sysrq; grep -o 'MAGIC_SYSRQ_DEFAULT_ENABLE=.*' "
                       "/boot/config-$(uname -r)").split()
        t.ok("SysRq is as the kernel has it", int(sysrq[0]) == int(sysrq[1].split("=")[1], 0), sysrq)
        t.ok("no service fails for it", vm.run("systemctl --failed --no-legend | wc -l").strip() == "0")
        vm.power_off()
    with t.machine(firmware=SMBIOS, tpm=False) as vm:
        vm.wait_for_prompt()
        vm.answer()
        vm.wait_for_shell()
        found = vm.try_run(LOOK).out
        t.ok("the attack works on a boot that a passphrase opened", "written-from-outside" in found, found)
