"""Somebody enrolls with a PIN: the right one at the console opens, an empty answer leads to the passphrase, after
an edit at the boot menu nobody is asked for it, three wrong ones lead to the passphrase, and then the TPM is locked
and nobody is asked either."""
import re

from lib import menu
from lib.guests_view import window_is_closed
from lib.steps import try_enroll

PIN = "482913"
QUESTION = rb"PIN of this machine \(empty: passphrase\): "
OPENED = rb"bootseal: cryptroot: unlocked by the TPM"


def scenario(t):
    with t.resumed("the enrolled machine") as vm:
        lines = menu.lines_before_linux(vm.read("/boot/grub/grub.cfg"))
        vm.write("/run/pin", PIN)
        said = try_enroll(vm, "--pin-file /run/pin")
        t.ok("enroll ends well", said.status == 0, said)
        t.says("and says what the next boot will do", said.out, "will unlock after the PIN")
        vm.run("rm /run/pin")
        t.ok("check says that it will wait for a person", vm.try_run("bootseal check").status == 5)
        vm.reboot()

        _right(t, vm)
        vm.reboot()
        _empty(t, vm)
        vm.reboot()

        menu.edit_command_line(vm, " bootseal.test=edited", lines)
        t.asks(vm, "edited command line", r"cryptroot: not unlocked by the TPM: PCR 8 \(", never=["PIN"])
        vm.answer()
        vm.wait_for_shell(prompt_is_an_error=False)
        vm.reboot()

        _wrong(t, vm)
        vm.reboot()
        t.asks(vm, "the boot after it", r"not unlocked by the TPM: the TPM is locked after 3 wrong tries",
               never=[r"PIN of this machine"])
        vm.answer()
        vm.wait_for_shell(prompt_is_an_error=False)


def _right(t, vm):
    vm.boots_to(QUESTION)
    t.ok("the PIN is asked for before the passphrase", "Please unlock" not in vm.console())
    vm.type_line(PIN)
    vm.wait_for_shell()
    console = vm.console()
    t.ok("it opens the root", re.search(OPENED.decode(), console), console[-3000:])
    t.ok("it is not shown", PIN not in console)
    t.ok("the window is closed", window_is_closed(vm))
    t.says("status names it", vm.try_run("bootseal status").out, r"This boot +unlocked by the TPM",
           "PIN +needed beside the TPM; no try is used")
    found = vm.try_run("grep -rlF %s /run /var/log /etc 2>/dev/null" % PIN)
    t.ok("the PIN is in no file of the system", found.out.strip() == "", found)


def _empty(t, vm):
    vm.boots_to(QUESTION)
    vm.type_line("")
    t.asks(vm, "an empty answer", r"cryptroot: not unlocked by the TPM: no PIN was typed")
    vm.answer()
    vm.wait_for_shell(prompt_is_an_error=False)
    t.ok("the window is closed after it", window_is_closed(vm))


def _wrong(t, vm):
    vm.boots_to(QUESTION)
    for used in 1, 2:
        vm.type_line("00000%d" % used)
        vm.boots_to(rb"Wrong PIN\. %d of 3 tries of the TPM are used\. " % used + QUESTION)
    t.ok("a wrong PIN is asked for again, with the tries that are used", True)
    vm.type_line("000003")
    t.asks(vm, "three wrong ones", r"cryptroot: not unlocked by the TPM: the PIN was wrong")
    vm.answer()
    vm.wait_for_shell(prompt_is_an_error=False)
    t.ok("the window is closed after them", window_is_closed(vm))
