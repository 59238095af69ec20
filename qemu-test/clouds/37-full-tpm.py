"""The TPM's memory is full of others' indices, as on older hosts of clouds: enroll names it and leaves nothing behind. With
room again it enrols, and what was there stays."""
import os

from lib import images, steps
from lib.guests_view import booted_up
from lib.hosttpm import HostTpm

FIRST = 0x1500010
FILL = """i=%d
for size in 2048 512 34; do
	while tpm2_nvdefine -C o -s $size -a 'ownerread|ownerwrite' $i >&2; do i=$((i + 1)); done
done 2>log
echo $i""" % FIRST
LIST = "tpm2_getcap handles-persistent; tpm2_getcap handles-nv-index"


def scenario(t):
    folder = os.path.join(t.work, "host")
    os.makedirs(folder)
    t.start_from(images.plain())
    with HostTpm(t.state.tpm, folder) as tpm:
        end = int(tpm.sh(FILL))
        t.ok("the TPM's memory is filled", end > FIRST + 3, end)
        before = tpm.sh(LIST)
    with images.repo() as source, t.machine() as vm:
        vm.boot_with_passphrase()
        steps.install(t, source, vm)
        booted_up(vm)
        refused = steps.try_enroll(vm)
        t.ok("enroll fails", refused.status == 1, refused)
        t.says("it says why and what to look at", refused.out, "its memory is full", "tpm2_getcap handles-nv-index")
        slots = vm.run("cryptsetup luksDump /dev/vda3 | grep -cE '^  [0-9]+: (luks2|bootseal)'").strip()
        t.ok("the header is as it was", slots == "1", slots)
        vm.power_off()
    with HostTpm(t.state.tpm, folder) as tpm:
        after = tpm.sh(LIST)
        t.ok("nothing was left in the TPM", after == before, after)
        tpm.sh("for i in $(seq %d %d); do tpm2_nvundefine -C o $i; done" % (end - 3, end - 1))
        before = tpm.sh(LIST)
    with t.machine() as vm:
        vm.boot_with_passphrase()
        booted_up(vm)
        steps.enroll(t, vm)
        vm.reboot()
        t.opens_by_itself(vm, "enrolled with room for three")
        vm.power_off()
    with HostTpm(t.state.tpm, folder) as tpm:
        after = tpm.sh(LIST)
        t.ok("what was there before is there still", set(before.split()) <= set(after.split()), after)
