"""The disk with the root comes twenty seconds late, as behind a slow controller: the machine waits for it and opens by itself.
Where the TPM does not unlock, the prompt comes when the disk does."""
from lib import images, menu, steps
from lib.guest import OPENED, PROMPT
from lib.guests_view import booted_up

LATE = 20
# After udev has begun, the partition goes and comes back.
HOOK = r"""#!/bin/sh
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
copy_exec /usr/bin/partx
"""
SCRIPT = r"""#!/bin/sh
[ "$1" != prereqs ] || { echo udev; exit 0; }
partx -d --nr 3 /dev/vda
(sleep %d; partx -a --nr 3 /dev/vda; echo "THE DISK IS THERE" >/dev/console) &
""" % LATE
THERE = rb"THE DISK IS THERE"


def scenario(t):
    t.start_from(images.plain())
    with images.repo() as source, t.machine() as vm:
        vm.boot_with_passphrase()
        vm.write("/etc/initramfs-tools/hooks/late-disk", HOOK)
        vm.write("/etc/initramfs-tools/scripts/init-top/late-disk", SCRIPT)
        vm.run("chmod 755 /etc/initramfs-tools/hooks/late-disk /etc/initramfs-tools/scripts/init-top/late-disk; "
               "update-initramfs -u", steps.LONG)
        vm.reboot()
        vm.serial.expect(THERE, timeout=300, reject=[PROMPT])
        without = _seconds_to(vm, PROMPT)
        t.ok("without bootseal the prompt comes after the disk", True)
        vm.answer()
        vm.wait_for_shell()
        steps.install(t, source, vm)
        steps.enroll(t, vm)
        vm.reboot()
        vm.serial.expect(THERE, timeout=300, reject=[PROMPT, OPENED])
        opened = _seconds_to(vm, OPENED)
        t.says("it says what it waits for", vm.console(), r"bootseal: .*waiting for it")
        t.opens_by_itself(vm, "a late root")
        booted_up(vm)
        steps.is_trusted(t, vm, "a late root")
        lines = menu.lines_before_linux(vm.read("/boot/grub/grub.cfg"))
        vm.reboot()
        menu.edit_command_line(vm, " bootseal.test=edited", lines)
        vm.serial.expect(THERE, timeout=300, reject=[PROMPT])
        asked = _seconds_to(vm, PROMPT)
        t.says("where the TPM does not unlock, it says why", vm.console(), r"not unlocked by the TPM: PCR 8 ")
        t.note("seconds from the disk to the prompt: %.1f without bootseal, %.1f with it; to the unlocked volume: %.1f"
               % (without, asked, opened))
        vm.answer()
        vm.wait_for_shell(prompt_is_an_error=False)
        vm.power_off()


def _seconds_to(vm, pattern):
    start = vm.seconds()
    vm.serial.expect(pattern, timeout=300)
    return vm.seconds() - start
