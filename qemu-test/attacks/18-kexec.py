"""Root of the running system starts the same signed kernel again with kexec, with the initrd and the command
line of the sealed boot path: no firmware, no boot loader, no new measurements. bootseal-unlock runs in that
initramfs as at every boot, and the TPM gives it nothing, because the window stays closed until the machine is
reset. The passphrase opens; the installed system does not take what it finds for a boot that it may
accept."""
from lib import kernels
from lib.guests_view import pcr, token, window_is_closed

# kexec_file_load(2), the one of the two system calls that lockdown under Secure Boot leaves: the kernel
# checks the image's signature
LOAD = """
perl -e 'use strict; my ($kernel, $initrd, $line) = @ARGV;
open(my $k, "<", $kernel) or die; open(my $i, "<", $initrd) or die;
$line .= "\\0";
syscall(320, fileno($k), fileno($i), length($line), $line, 0) == 0 or die "kexec_file_load: $!\\n"' \
    /boot/vmlinuz-%s /boot/initrd.img-%s "$(cat /proc/cmdline)"
"""


def scenario(t):
    initrd = "/boot/initrd.img-" + kernels.old()
    with t.resumed("first boot") as vm:
        before, line = token(vm), vm.run("cat /proc/cmdline")
        vm.run(LOAD % (kernels.old(), kernels.old()))
        vm.type_line("dmesg -n 7; systemctl kexec")
        vm.serial.expect(rb"kexec_core: Starting new kernel", timeout=180)
        vm.reset_console()
        t.asks(vm, "the kernel started by kexec", r"not unlocked by the TPM")
        vm.answer()
        vm.wait_for_shell(prompt_is_an_error=False)
        t.ok("it has the command line of the sealed boot path", vm.run("cat /proc/cmdline") == line)
        t.ok("the window has stayed closed", window_is_closed(vm), pcr(vm, 15))
        t.says("status says that the TPM did not unlock this boot", vm.try_run("bootseal status").out,
               r"(?i)not unlocked by the TPM|passphrase")
        vm.run("printf x >> " + initrd)
        hook = vm.try_run("bootseal reseal --hook")
        t.ok("a hook does not fail there", hook.status == 0, hook)
        t.ok("and accepts nothing: the policy is the one from before", token(vm) == before, hook)
        vm.run("truncate -s -1 " + initrd)
        vm.reboot()
        t.opens_by_itself(vm, "after a reset")
