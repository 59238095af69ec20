"""Like a cloud image the machine has panic= on its command line: it restarts where others give a shell. What
its user must know is on the console before. He takes panic= out at the boot menu, as doc/recovery.md says, and
gets the rescue shell; without break=, too, once the prompt has given up."""
from lib import menu
from lib.disk import Disk
from lib.guest import PASSPHRASE, PROMPT
from lib.guests_view import window_is_closed

RESCUE = rb"\(initramfs\) "
RESTARTS = rb"Rebooting automatically due to panic= boot argument"
FIRMWARE = rb"BdsDxe: "
PANIC = " panic=1"
TRIES_MAX = 20


def scenario(t):
    with t.resumed("before") as vm:
        key = vm.run("printf '%s' | bootseal recovery-key --key-file - 2>/dev/null | cat"
                     % PASSPHRASE).strip()
        # by default the last word of the line
        vm.run("sed -i '/^GRUB_CMDLINE_LINUX_DEFAULT=/s/\"$/%s\"/' /etc/default/grub && update-grub && "
               "bootseal reseal && bootseal check" % PANIC)
        lines = menu.lines_before_linux(vm.read("/boot/grub/grub.cfg"))
        vm.reboot()

        menu.edit_command_line(vm, " bootseal.test=edited", lines)
        t.asks(vm, "with panic=, edited", r"PCR 8 \(")
        number = _wrong_passphrases(vm, RESTARTS, RESCUE)
        said = vm.console()
        vm.serial.expect(FIRMWARE, timeout=120, reject=[RESCUE])
        t.ok("wrong passphrases end in a restart, not in a shell", number == 0, said)
        t.says("the console has said why before it restarts", said,
               r"not unlocked by the TPM: PCR 8 \([^\n]*\n[^\n]*type its passphrase or its recovery key")
        vm.reset_console()

        menu.edit_command_line(vm, " break=premount", lines, take_away=PANIC)
        vm.serial.expect(RESCUE, timeout=300, reject=[PROMPT, RESTARTS])
        _recover(t, vm, key, "panic= out, break=premount in")
        vm.wait_for_shell()
        t.says("the boot goes on", vm.run("cat /proc/cmdline; findmnt -n -o SOURCE /"), "break=premount",
               "/dev/mapper/cryptroot", never=["panic="])
        t.ok("with a closed window", window_is_closed(vm))
        vm.hard_reset()

        menu.edit_command_line(vm, "", lines, take_away=PANIC)
        vm.wait_for_prompt()
        number = _wrong_passphrases(vm, RESCUE, RESTARTS)
        t.ok("without panic= wrong passphrases end in a shell", number == 0, vm.console()[-3000:])
        _recover(t, vm, key, "the shell after wrong passphrases")
        vm.wait_for_shell()
        t.says("that boot goes on, too", vm.run("findmnt -n -o SOURCE /"), "/dev/mapper/cryptroot")
        t.ok("with a closed window, too", window_is_closed(vm))


def _wrong_passphrases(vm, *ends):
    """Until something else than the prompt comes: which of the ends."""
    vm.answer("wrong")
    for _ in range(TRIES_MAX):
        number, _ = vm.serial.expect(PROMPT, *ends, timeout=120)
        if number > 0:
            return number - 1
        vm.answer("wrong")
    raise AssertionError("still a prompt after %d wrong passphrases" % TRIES_MAX)


def _recover(t, vm, key, where):
    vm.type_line("bootseal-unlock explain")
    vm.serial.expect(RESCUE, timeout=120)
    t.says(where + ": explain says why", vm.console(), r"Window +closed", r"PCRs +PCR 8 ",
           "run 'bootseal-unlock recover'")
    vm.type_line("bootseal-unlock recover")
    vm.serial.expect(rb"not shown\): ", timeout=120)
    vm.type_line(key)
    number, _ = vm.serial.expect(rb"cryptroot: unlocked with the recovery key", RESCUE, timeout=120)
    t.ok(where + ": recover opens", number == 0, vm.console()[-2000:])
    vm.serial.expect(RESCUE, timeout=120)
    vm.type_line("exit")
