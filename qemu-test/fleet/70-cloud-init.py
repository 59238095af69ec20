"""An image for a cloud is encrypted before it runs. Each machine made of it gets doc/fleet's user data and a larger disk:
cloud-init writes where the recovery key goes, the first boot seals the root, and nobody types anything."""
import os

from lib import fleet, monitoring, provisioned, steps
from lib.guests_view import booted_up
from lib.keyserver import KeyServer, recovery_key_is_kept

MORE = 256 << 20


def scenario(t):
    t.start_from(fleet.clear())
    provisioned.encrypt(t, "raw")
    with open(t.state.disk, "r+b") as disk:
        disk.seek(0, os.SEEK_END)
        disk.truncate(disk.tell() + MORE)
    with KeyServer() as server:
        disks = [fleet.seed(t, fleet.user_data("cloud-init.yaml", server))]
        with t.machine(disks=disks) as vm:
            t.opens_by_itself(vm, "the first boot")
            fleet.cloud_init_ended(t, vm, steps.LONG)
            provisioned.converted(t, vm)
            recovery_key_is_kept(t, vm, server, vm.run("cat /etc/machine-id").strip(), "/dev/vda1")
            vm.write("/run/passphrase", provisioned.OF_IMAGE)
            tried = vm.try_run("cryptsetup open --test-passphrase --key-file /run/passphrase /dev/vda1")
            t.ok("the image's passphrase opens nothing", tried.status == 2, tried)
            monitoring.guard_is_on(t, vm)
            vm.reboot()
            t.opens_by_itself(vm, "the second boot")
            t.says("the second boot: the TPM has opened it", vm.console(), "root_crypt: unlocked by the TPM")
            booted_up(vm)
            steps.is_trusted(t, vm, "the second boot")
            said = vm.try_run(monitoring.HEALTH, steps.LONG)
            t.says("the health unit succeeds", said.out, "ActiveState=inactive", "Result=success")
            t.ok("no second key was given away", len(server.asked) == 1, server.asked)
            vm.power_off()
