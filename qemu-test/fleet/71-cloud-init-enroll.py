"""An image whose root is encrypted already, with bootseal in it, becomes a machine: at its first boot somebody types the
passphrase, and cloud-init enrols it with doc/fleet's user data. Its key goes to a server, which is busy at first. Later
cloud-init restarts the machine after an upgrade, but not while the next boot will ask."""
import os

from lib import fleet, images, kernels, monitoring, steps
from lib.debian import BOOKWORM
from lib.keyserver import KeyServer, recovery_key_is_kept
from lib.repo import Repo

RESTARTS = """#cloud-config
package_upgrade: true
package_reboot_if_required: true
"""
UPGRADE = "cloud-init --file /run/cloud.cfg single --name package-update-upgrade-install --frequency always"
INITRD = "/boot/initrd.img-" + kernels.old()


def scenario(t):
    t.start_from(fleet.encrypted())
    _make_image(t)
    with KeyServer() as server:
        server.fails = [503, 503]
        disks = [fleet.seed(t, fleet.user_data("cloud-init-enroll.yaml", server))]
        with t.machine(disks=disks) as vm:
            vm.boot_with_passphrase()
            fleet.cloud_init_ended(t, vm, steps.LONG)
            name = vm.run("cat /etc/machine-id").strip()
            t.ok("the server was busy at first", [code for _, _, code in server.asked] == [503, 503, 200, 200], server.asked)
            recovery_key_is_kept(t, vm, server, name, "/dev/vda3")
            found = vm.try_run("grep -rslF '%s' /var/lib/cloud /var/log /run; journalctl -b -q | grep -F '%s'"
                               % (images.PASSPHRASE, images.PASSPHRASE))
            t.ok("the passphrase is in no file of cloud-init and no log", not found.out.strip(), found)
            monitoring.guard_is_on(t, vm)
            monitoring.watched(t, vm, "after cloud-init", "success", [])
            monitoring.opens_from_now_on(t, vm)
            t.ok("nothing was enrolled twice", len(server.asked) == 4, server.asked)
            _restarts(t, vm)
            vm.power_off()


def _make_image(t):
    """As one who makes images boots a machine, installs, and takes away what is its own."""
    with Repo(os.path.join(t.work, "repo"), [BOOKWORM.deb()]) as source, t.machine() as vm:
        vm.boot_with_passphrase()
        t.ok("without user data cloud-init does nothing", vm.try_run("cloud-init status").out.strip() in
             ("status: disabled", "status: not run"), vm.try_run("cloud-init status --long").out)
        steps.install(t, source, vm)
        t.ok("the guard of restarts is off", vm.try_run("systemctl is-enabled bootseal-reboot-guard").out.strip() == "disabled")
        # `cloud-init clean --machine-id` of 22.4 removes the file, which systemd can replace only on a writable root
        vm.run("rm /etc/apt/sources.list.d/test.list && cloud-init clean --logs && echo uninitialized >/etc/machine-id")
        vm.power_off()


def _restarts(t, vm):
    vm.write("/run/cloud.cfg", RESTARTS)
    monitoring.replace_initrd(vm, INITRD)
    vm.run("touch /run/reboot-required")
    vm.run(monitoring.HEALTH, steps.LONG)
    vm.run("rm /var/log/cloud-init.log; " + UPGRADE, steps.LONG)
    t.says("cloud-init upgrades a machine that will ask, and does not restart it", vm.run("cat /var/log/cloud-init.log"),
           r"dist-upgrade\] took", never=["Rebooting after"])
    vm.run("mv /root/initrd %s" % INITRD)
    vm.run(monitoring.HEALTH, steps.LONG)
    vm.type_line(UPGRADE)
    vm.serial.expect(rb"reboot: Restarting system|BdsDxe: ", timeout=steps.LONG)
    vm.reset_console()
    t.opens_by_itself(vm, "after the repair cloud-init restarts it")
