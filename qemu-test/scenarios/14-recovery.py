"""The TPM does not unlock a boot, and the user gets in anyway: by a recovery key at the ordinary prompt, and
in the rescue shell, where bootseal-unlock explains and recovers but cannot unseal. Once nothing is edited any
more the machine unlocks automatically again."""
import re

from lib import menu
from lib.guest import PASSPHRASE, PROMPT
from lib.guests_view import token, window_is_closed

RESCUE = rb"\(initramfs\) "
KEY = rb"((?:[0-9]{6} ){7}[0-9]{6})\r?\n"
NOTICE = "cat /run/motd.d/bootseal"


def scenario(t):
    with t.resumed("the enrolled machine") as vm:
        lines = menu.lines_before_linux(vm.read("/boot/grub/grub.cfg"))
        key = _make_keys(t, vm)
        t.says("explain has nothing to explain", vm.run("bootseal explain"), "The TPM unlocked this boot")
        t.ok("and nobody is told anything at login", vm.try_run(NOTICE).status != 0)
        before = token(vm)
        vm.reboot()

        menu.edit_command_line(vm, " bootseal.test=edited", lines)
        t.asks(vm, "edited command line", r"PCR 8 \([^\n]*\n[^\n]*type its passphrase or its recovery key")
        vm.answer(key)
        vm.wait_for_shell(prompt_is_an_error=False)
        t.ok("the recovery key opens at the ordinary prompt, typed as it was shown", True)
        _explained(t, vm)
        t.ok("the window is closed", window_is_closed(vm))
        vm.reboot()

        menu.edit_command_line(vm, " break=premount", lines)
        _rescue(t, vm, key)
        vm.wait_for_shell()
        t.ok("`exit` goes on booting, without a prompt", True)
        t.ok("the window is closed in that boot", window_is_closed(vm))
        t.says("the root is the encrypted one", vm.run("findmnt -n -o SOURCE /"), "/dev/mapper/cryptroot")
        t.says("those who log in are told", vm.run(NOTICE), "THE TPM DID NOT UNLOCK THIS BOOT")
        t.ok("the policy is the one from before", token(vm) == before)
        vm.reboot()

        t.opens_by_itself(vm, "with nothing edited, and nothing accepted by hand")
        t.ok("nobody is told anything any more", vm.try_run(NOTICE).status != 0)


def _make_keys(t, vm):
    """One for a program, then another in its place at the terminal, typed back."""
    t.says("status says that there is no recovery key", vm.try_run("bootseal status").out,
           "no recovery key: make one with 'bootseal recovery-key'")
    made = vm.run("printf '%s' | bootseal recovery-key --key-file - 2>/run/said | cat" % PASSPHRASE)
    t.ok("a pipe gets the key and nothing else", re.fullmatch(r"([0-9]{6} ){7}[0-9]{6}\n", made), made)
    wrong = vm.try_run("printf 'not it' | bootseal recovery-key --replace --key-file -")
    t.ok("a wrong passphrase gets none", wrong.status == 1 and not re.search(r"\d{6} \d{6}", wrong.out),
         wrong)
    again = vm.try_run("printf '%s' | bootseal recovery-key --key-file -" % PASSPHRASE)
    t.ok("a second one is refused", again.status == 5, again)

    vm.type_line("bootseal recovery-key --replace")
    vm.serial.expect(rb"Passphrase of the encrypted root: ", timeout=120)
    vm.type_line(PASSPHRASE)
    _, match = vm.serial.expect(rb"Recovery key +" + KEY, timeout=120)
    key = match.group(1).decode()
    vm.serial.expect(rb"Type it to confirm: ", timeout=120)
    vm.type_line(("9" if key[0] != "9" else "8") + key[1:])
    vm.serial.expect(rb"group 1 has a typing error", timeout=120)
    vm.serial.expect(rb"Type it to confirm: ", timeout=120)
    vm.type_line(key.replace(" ", "-"))
    vm.serial.expect(rb"the recovery key is in keyslot \d+ and unlocks the volume", timeout=300)
    t.ok("at a terminal it is typed back, and a typing error found by its group", True)
    t.ok("the old key no longer works", _test(vm, made.strip()).status == 1)
    right = _test(vm, key)
    t.ok("the new one is right", right.status == 0, right)
    t.says("status tells the ways in", vm.try_run("bootseal status").out,
           r"Otherwise +passphrase \(keyslot 0\), recovery key \(keyslot \d+\)")
    return key


def _test(vm, key):
    return vm.try_run("printf '%s' | bootseal recovery-key --test --key-file -" % key)


def _explained(t, vm):
    said = vm.run("bootseal explain")
    t.says("explain names the first difference", said, r"The TPM did not unlock this boot: PCR 8 ",
           r"First difference: PCR 8, event \d+",
           r"sealed +linux /vmlinuz", r"measured +linux /vmlinuz.* bootseal\.test=edited",
           "although its files are unchanged",
           never=["Also different"])
    t.says("those who log in are told", vm.run(NOTICE), "THE TPM DID NOT UNLOCK THIS BOOT: PCR 8 ",
           "bootseal explain")


def _rescue(t, vm, key):
    vm.serial.expect(RESCUE, timeout=300, reject=[PROMPT])
    vm.type_line("bootseal-unlock explain")
    vm.serial.expect(RESCUE, timeout=120)
    t.says("explain in the rescue shell", vm.console(), r"Window +closed", r"PCRs +PCR 8 ",
           r"PCR 8 +sealed [0-9a-f]{8}\.\., now [0-9a-f]{8}\.\.",
           "header as enrolled; has a recovery key", "run 'bootseal-unlock recover'",
           never=[r"PCR 4 +sealed", r"PCR 9 +sealed", r"PCR 15 +sealed"])
    vm.type_line("bootseal-unlock open; echo code $?")
    vm.serial.expect(rb"code 5\r?\n", timeout=120)
    vm.serial.expect(RESCUE, timeout=120)
    t.says("the TPM gives nothing out there", vm.console(), "the window is closed")
    vm.type_line("bootseal-unlock recover")
    vm.serial.expect(rb"not shown\): ", timeout=120)
    vm.type_line(key[:14] + ("9" if key[14] != "9" else "8") + key[15:])
    vm.serial.expect(rb"group 3 has a typing error", timeout=120)
    vm.serial.expect(rb"not shown\): ", timeout=120)
    vm.type_line(key)
    vm.serial.expect(rb"cryptroot: unlocked with the recovery key", timeout=120)
    t.ok("recover opens with the recovery key", True)
    vm.serial.expect(RESCUE, timeout=120)
    t.ok("the key was not shown on the console", key not in vm.console())
    vm.type_line("exit")
