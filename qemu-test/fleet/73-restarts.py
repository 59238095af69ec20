"""Root replaces an initrd on an enrolled machine, without telling anyone. The health unit, the textfile and the alerts say that
the next boot will ask, unattended-upgrades does not restart the machine, a person may. After the repair a kernel
comes with the next unattended upgrade, and the machine restarts."""
import os

from lib import fleet, images, kernels, monitoring, procs, steps
from lib.debian import BOOKWORM
from lib.guests_view import booted_up
from lib.repo import Repo

INITRD = "/boot/initrd.img-" + kernels.old()
REQUIRED = "/run/reboot-required"
HELD = "/run/bootseal/reboot-required"
# what an administrator sets, and the day's run at any hour
SETTINGS = """Unattended-Upgrade::Origins-Pattern { "site=10.0.2.2*"; };
Unattended-Upgrade::Automatic-Reboot "true";
APT::Periodic::Unattended-Upgrade "always";
"""
UPGRADE = "apt-daily-upgrade.service"
UPGRADE_LOGS = "/var/log/unattended-upgrades"


def scenario(t):
    t.start_from(fleet.encrypted())
    with t.machine() as vm:
        vm.boot_with_passphrase()
        with Repo(os.path.join(t.work, "repo"), [BOOKWORM.deb(), _wants_restart(t, "1"), _wants_restart(t, "2")]) as source:
            _enrolled(t, vm, source)
            _broken(t, vm)
            _unattended(t, vm)
            _mended_and_broken_again(t, vm)
        vm.reboot()
        t.asks(vm, "a person restarts it", "PCR 9 ")
        vm.answer()
        vm.wait_for_shell()
        booted_up(vm)
        monitoring.watched(t, vm, "after that", "exit-code", ["BootsealNextBootAsks", "BootsealBootNotTrusted"])
        vm.run("mv /root/initrd " + INITRD)
        monitoring.watched(t, vm, "after the repair", "success", ["BootsealBootNotTrusted"])
        vm.reboot()
        t.opens_by_itself(vm, "the boot after the repair")
        booted_up(vm)
        with Repo(os.path.join(t.work, "later"), [_wants_restart(t, "3", "linux-image-" + kernels.new()), *kernels.debs()]) as source:
            _goes_again(t, vm, source)
        vm.power_off()


def _enrolled(t, vm, source):
    steps.install(t, source, vm)
    vm.run(images.APT_INSTALL + "wants-restart=1 && rm " + REQUIRED, steps.LONG)
    steps.enroll(t, vm)
    vm.run("systemctl enable --now bootseal-reboot-guard")
    vm.write("/etc/apt/apt.conf.d/52unattended", SETTINGS)
    monitoring.watched(t, vm, "when it is enrolled", "success", [])


def _broken(t, vm):
    monitoring.replace_initrd(vm, INITRD)
    monitoring.watched(t, vm, "a replaced initrd", "exit-code", ["BootsealNextBootAsks"])


def _unattended(t, vm):
    said = vm.try_run("systemctl start " + UPGRADE, steps.LONG)
    t.ok("the unattended upgrade ends well", said.status == 0, said)
    t.ok("it has installed what wants a restart", vm.run("dpkg-query -W -f '${Version}' wants-restart") == "2",
         vm.run("tail -n 40 %s/*.log" % UPGRADE_LOGS))
    t.ok("the machine goes on, and no restart is planned", vm.try_run("test -e %s || test -e /run/systemd/shutdown/scheduled"
                                                                  % REQUIRED).status != 0 and
         "rebooting" not in vm.run("cat %s/unattended-upgrades.log" % UPGRADE_LOGS))
    held = "AUTOMATIC RESTARTS ARE HELD BACK", "'bootseal check' says why"
    t.says("the journal says so", vm.run("journalctl -q -b -o cat -u bootseal-reboot-guard"), *held)
    t.says("apt's log says so", vm.run("cat %s/unattended-upgrades-dpkg.log" % UPGRADE_LOGS), "automatic ones are held back")
    t.says("those who log in are told", vm.run("rm -f /root/.hushlogin; echo exit | timeout 120 script -qec 'login -f root' /dev/null"),
           "A RESTART IS NEEDED, but automatic ones are held back")
    monitoring.watched(t, vm, "when it is held", "exit-code", ["BootsealNextBootAsks", "BootsealRebootHeld"])


def _mended_and_broken_again(t, vm):
    vm.run("cp -a /root/initrd " + INITRD)
    vm.run(monitoring.HEALTH, steps.LONG)
    t.ok("after the repair what wants a restart is seen again", vm.try_run("test -e %s && test ! -e %s" % (REQUIRED, HELD)).status == 0)
    t.says("and the journal says so", vm.run("journalctl -q -b -o cat -u bootseal-reboot-guard"), "no longer held back")
    monitoring.replace_initrd(vm, INITRD)
    vm.run(monitoring.HEALTH, steps.LONG)
    t.ok("a machine that was well is held back, too", vm.try_run("test ! -e %s && test -e %s" % (REQUIRED, HELD)).status == 0)


def _goes_again(t, vm, source):
    source.use_in(vm)
    vm.type_line("systemctl start " + UPGRADE)
    vm.serial.expect(rb"reboot: Restarting system|BdsDxe: ", timeout=steps.LONG)
    vm.reset_console()
    t.opens_by_itself(vm, "unattended-upgrades has restarted it")
    t.ok("with the new kernel", vm.run("uname -r").strip() == kernels.new())
    t.says("it was unattended-upgrades", vm.run("cat %s/unattended-upgrades.log" % UPGRADE_LOGS), "reboot-required, rebooting")
    steps.is_trusted(t, vm, "the new kernel")
    monitoring.watched(t, vm, "the new kernel", "success", [])


def _wants_restart(t, version, depends=""):
    """A package of a version that asks for a restart, as those of libraries do."""
    tree = os.path.join(t.work, "wants-restart-" + version)
    os.makedirs(os.path.join(tree, "DEBIAN"))
    with open(os.path.join(tree, "DEBIAN", "control"), "w", encoding="utf-8") as file:
        file.write("Package: wants-restart\nVersion: %s\nArchitecture: all\nMaintainer: test <test@localhost>\n"
                   "Description: asks for a restart\n%s" % (version, depends and "Depends: %s\n" % depends))
    script = os.path.join(tree, "DEBIAN", "postinst")
    with open(script, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nset -e\ntouch %s\n" % REQUIRED)
    os.chmod(script, 0o755)
    procs.run(["dpkg-deb", "--root-owner-group", "-b", tree, t.work])
    return os.path.join(t.work, "wants-restart_%s_all.deb" % version)
