"""The clock stands in 1970 or in 2038, the TPM has an owner password or no room, a kernel has no initrd: the
root still unlocks automatically where it can, the policy still moves, and where somebody has to do something
it is said what."""
import time

from lib import change, images, kernels
from lib.faults import OPENS, Faults
from lib.guest import OPENED, PASSPHRASE, PROMPT

OWNER = "tpm2_changeauth -Q -c owner "
ENROLL = "bootseal enroll --key-file /root/passphrase"
# from 2 KiB down to 16 bytes, until the TPM has no room for an index of ours
FILL_TPM = """handle=0x01500000
for size in 2048 512 128 16; do
	while tpm2_nvdefine -Q -s $size -a 'ownerread|ownerwrite|policywrite' $handle 2>/dev/null; do handle=$((handle + 1)); done
done
echo $((handle - 0x01500000))"""


def scenario(t):
    t.start_from(images.enrolled())
    with images.repo() as source, Faults(t) as faults:
        with t.machine(clock="1970-01-01") as vm:
            with faults.one():
                t.opens_by_itself(vm, "a boot with the battery-backed clock in 1970")
            source.use_in(vm)
            change.prepare(vm)
            vm.write("/root/passphrase", PASSPHRASE)
            vm.run("systemctl stop bootseal-reseal.path")
            _clock(t, vm, faults)
            _owner_password(t, vm, faults)
            _no_initrd(t, vm, faults)
            _enroll_refused(t, vm, faults)
            faults.keys_open(vm, "after all of it")
            vm.power_off()
        with t.machine() as vm:
            t.opens_by_itself(vm, "enrolled again, with a TPM that is almost full")
            vm.power_off()


def _reseals(t, vm, faults, what):
    vm.run(change.BY_HAND)
    said = vm.try_run("bootseal reseal")
    t.ok(what + ": reseal works", said.status == 0 and "is in force now" in said.out, said)
    t.ok(what + ": the next boot will unlock automatically", faults.said(vm, what, said.out) == OPENS)


def _clock(t, vm, faults):
    for date in ("1970-01-02", "2038-01-20", "2107-01-01"):
        with faults.one():
            vm.run("date -s " + date)
            _reseals(t, vm, faults, "the clock at " + date)
    faults.said_and_done(vm, "sealed in another century", OPENS)
    vm.run("date -s @%d" % time.time())


def _owner_password(t, vm, faults):
    with faults.one():
        vm.run(OWNER + "secret")
        _reseals(t, vm, faults, "an owner password")
        vm.reboot()
        t.opens_by_itself(vm, "an owner password")
        t.ok("it is still set", vm.try_run("tpm2_nvdefine -Q -s 8 0x01500000").status != 0)
        vm.run("systemctl stop bootseal-reseal.path")


def _no_initrd(t, vm, faults):
    what = "a default menu entry without an initrd"
    with faults.one():
        vm.run("rm /boot/initrd.img-%s && update-grub" % kernels.old())
        said = vm.try_run("bootseal reseal --hook")
        t.ok(what + ": the hook ends with 0", said.status == 0, said)
        t.says(what + ": it says so", said.out, "WILL NOT UNLOCK THE ROOT", "update-initramfs -c -k all",
               never=["(?i)will ask"])
        for command in ("bootseal check", "bootseal status"):
            told = vm.try_run(command)
            t.ok("%s: `%s` ends with 5" % (what, command), told.status == 5, told)
            t.says("%s: `%s` says so" % (what, command), told.out, "(?i)(will not|cannot) unlock the root",
                   never=["(?i)will ask"])
        with t.after_power_cut(vm) as copy:
            copy.serial.expect(rb"Kernel panic", timeout=120, reject=[OPENED, PROMPT])
            t.ok(what + ": it does not", True)
        faults.healed(vm, what, "update-initramfs -c -k all && update-grub && bootseal reseal")


def _enroll_refused(t, vm, faults):
    with faults.one(2):
        said = vm.try_run("bootseal remove", timeout=600)
        t.ok("remove under an owner password: it ends well", said.status == 0, said)
        t.says("remove under an owner password: it says what stays", said.out,
               r"policy index stays in the TPM: .*is an owner password set")
        said = vm.try_run(ENROLL)
        t.ok("enroll under an owner password: it fails", said.status == 1, said)
        t.says("enroll under an owner password: it says what to do", said.out, "owner password",
               "tpm2_changeauth -c owner -p", "enrolment failed")
    vm.run(OWNER + "-p secret")
    with faults.one():
        count = int(vm.run(FILL_TPM, timeout=600).split()[-1])
        said = vm.try_run(ENROLL)
        t.ok("enroll with a TPM that is full (%d indices): it fails" % count, said.status == 1, said)
        t.says("enroll with a TPM that is full: it says what to do", said.out, "memory is full",
               "tpm2_nvundefine", "enrolment failed")
        faults.keys_open(vm, "neither enrolled nor lost")
        vm.run("tpm2_nvundefine -Q 0x01500000")
        faults.healed(vm, "enroll refused", ENROLL)
