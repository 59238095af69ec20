"""Somebody edits the command line at the boot menu: the passphrase prompt, and PCR 8 named. The passphrase
opens, and that boot blesses nothing: what changes in it is not sealed."""
from lib import images, menu
from lib.disk import Disk
from lib.guests_view import token, window_is_closed


def scenario(t):
    t.start_from(images.enrolled())
    lines = menu.lines_before_linux(Disk(t.state.disk).read("/boot/grub/grub.cfg"))
    with t.machine() as vm:
        menu.edit_command_line(vm, " bootseal.test=edited", lines)
        t.asks(vm, "edited command line", r"cryptroot: not unlocked by the TPM: PCR 8 \(",
               never=["PCR 4 ", "PCR 7 ", "PCR 9 ", "PCR 14 "])
        vm.answer()
        vm.wait_for_shell()
        t.says("the passphrase opens, with the edited command line", vm.run("cat /proc/cmdline"),
               "bootseal.test=edited")
        t.ok("the window is closed", window_is_closed(vm))
        before = token(vm)
        status = vm.try_run("bootseal status")
        t.says("status says why", status.out, "NOT unlocked by the TPM", "PCR 8", "accept-current")
        said = vm.try_run("sed -i 's/COMPRESSLEVEL=1/COMPRESSLEVEL=2/' /etc/initramfs-tools/conf.d/test-vm "
                          "&& update-initramfs -u")
        t.ok("update-initramfs itself works", said.status == 0, said)
        t.says("a new initrd is not accepted in this boot", said.out, "NOT MOVED|REFUSED",
               never=["is in force now"])
        t.ok("the policy is the one from before", token(vm) == before)
        check = vm.try_run("bootseal check")
        t.ok("check says that the next boot will ask", check.status == 5, check)
        vm.reboot()
        t.asks(vm, "the reboot after it", r"PCR 9 \(", never=["PCR 4 ", "PCR 8 "])
        vm.answer()
        vm.wait_for_shell()

        said = vm.try_run("bootseal reseal --accept-current")
        t.ok("the administrator accepts what is there", said.status == 0, said)
        t.says("what he accepts is listed", said.out, "Accepted +.*initrd")
        vm.reboot()
        t.opens_by_itself(vm, "after reseal --accept-current")
