"""A machine with an unencrypted swap disk looks there for a hibernation image at every boot. Somebody writes
one of his own to it: who resumes it would give him the machine with its volume open. Where the TPM has opened
the volume, bootseal does not let the kernel see it. Where a passphrase has, the kernel's lockdown forbids it
under Secure Boot; without Secure Boot it is taken for an image, which shows what there was to fear."""
import os
import shutil

from lib import hibernation, images, menu

UUID = "5eed5eed-0000-4000-8000-5eed5eed5eed"
NOT_RESUMED = rb"bootseal: no resume from hibernation: /dev/vdb is not on an enrolled volume"
MOUNTED = rb"root: clean"
TAKEN_FOR_ONE = rb"PM: hibernation: Image mismatch"
FORBIDDEN = rb"Lockdown: .*hibernation is restricted"
NO_KEYS = "/usr/share/OVMF/OVMF_VARS_4M.fd"


def scenario(t):
    t.start_from(images.enrolled())
    swap = os.path.join(t.work, "swap.img")
    hibernation.swap_disk(swap, UUID)
    with t.machine(disks=[swap]) as vm:
        t.opens_by_itself(vm, "before")
        vm.run("sed -i '/^GRUB_CMDLINE_LINUX_DEFAULT=/s/\"$/ resume=UUID=%s\"/' /etc/default/grub && "
               "update-grub && bootseal reseal && "
               "bootseal check" % UUID)
        lines = menu.lines_before_linux(vm.read("/boot/grub/grub.cfg"))
        vm.power_off()
    hibernation.forge(swap)

    with t.machine(disks=[swap]) as vm:
        t.opens_early(vm, "a foreign image, the TPM opens")
        number, _ = vm.serial.expect(NOT_RESUMED, MOUNTED, timeout=300, reject=[TAKEN_FOR_ONE])
        t.ok("a foreign image is not resumed beside a volume that the TPM opened", number == 0,
             vm.console()[-2000:])
        if number == 0:
            vm.serial.expect(MOUNTED, timeout=300, reject=[TAKEN_FOR_ONE])
        vm.pull_the_plug()
    t.ok("it was not even looked at", hibernation.is_untouched(swap))

    with t.machine(disks=[swap]) as vm:
        menu.edit_command_line(vm, " loglevel=7", lines)
        t.asks(vm, "edited command line", r"PCR 8 \(")
        vm.answer()
        number, _ = vm.serial.expect(FORBIDDEN, MOUNTED, timeout=300, reject=[TAKEN_FOR_ONE])
        t.ok("under Secure Boot the kernel forbids it, however the volume was unlocked", number == 0,
             vm.console()[-2000:])
        vm.pull_the_plug()
    t.ok("it was not looked at then, either", hibernation.is_untouched(swap))

    shutil.copyfile(NO_KEYS, t.state.vars)
    with t.machine(disks=[swap]) as vm:
        t.asks(vm, "Secure Boot off", r"PCR 7 \(")
        vm.answer()
        number, _ = vm.serial.expect(TAKEN_FOR_ONE, MOUNTED, timeout=300)
        t.ok("without Secure Boot, and opened by a passphrase, it is taken for an image", number == 0,
             vm.console()[-2000:])
        vm.pull_the_plug()
    t.ok("the kernel has taken its signature away", not hibernation.is_untouched(swap))
