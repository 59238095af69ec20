"""Somebody has a laptop with a splash screen and a French keyboard, and enrols with a PIN. The boot asks on the splash screen,
and he types at the keyboard that he has: first something else, then the PIN. At another time he does not know it any more."""
import os

from lib import debian, installed, keyboard, screen, steps
from lib.guests_view import window_is_closed
from lib.images import PASSPHRASE
from lib.repo import Repo

PIN = "aqw!482913"  # which a keyboard that is taken for an American one would not send
SET_UP = """
DEBIAN_FRONTEND=noninteractive apt-get purge -y $(dpkg-query -W -f '${Package}\\n' 'linux-image-*cloud*')
plymouth-set-default-theme spinner
sed -i 's/^XKBLAYOUT=.*/XKBLAYOUT="fr"/' /etc/default/keyboard
setupcon --save-only
sed -i 's/quiet splash/quiet splash plymouth.ignore-serial-consoles/' /etc/default/grub
update-grub
"""


def scenario(t):
    release = debian.BOOKWORM
    t.start_from(installed.installed(release))
    with Repo(os.path.join(t.work, "repo"), [release.deb()]) as source, t.machine(firmware=installed.DISPLAY) as vm:
        vm.boot_with_passphrase()
        steps.install(t, source, vm)
        said = steps.script(vm, SET_UP)
        t.ok("it is set up as a laptop", said.status == 0, said)
        vm.write("/run/pin", PIN)
        said = steps.try_enroll(vm, "--pin-file /run/pin")
        t.ok("enroll ends well", said.status == 0, said)
        vm.run("rm /run/pin")
        vm.reboot()

        before = screen.asks(vm)
        _picture(t, vm, "asks")
        keyboard.type_line(vm, "notmypin")
        screen.asks(vm, before)
        _picture(t, vm, "wrong")
        t.ok("a wrong PIN is asked for again, in other words", True)
        keyboard.type_line(vm, PIN)
        vm.wait_for_shell()
        t.says("the PIN opens it, typed on a French keyboard", vm.try_run("bootseal status").out, r"This boot +unlocked by the TPM",
               "1 of 3 tries of the TPM are used")
        t.ok("the window is closed", window_is_closed(vm))
        vm.reboot()

        before = screen.asks(vm)
        keyboard.type_line(vm, "")
        screen.asks(vm, before)
        _picture(t, vm, "passphrase")
        keyboard.type_line(vm, PASSPHRASE)
        vm.wait_for_shell()
        t.says("after an empty answer the passphrase opens it", vm.try_run("bootseal status").out, "no PIN was typed")
        vm.power_off()


def _picture(t, vm, name):
    screen.picture(vm, os.path.join(t.logs, "%s-%s.png" % (t.name, name)))
