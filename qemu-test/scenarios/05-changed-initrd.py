"""One byte of the initrd is changed while the machine is off: the prompt, PCR 9 named; the passphrase opens;
and the next boot asks again, because nothing that this boot did has blessed the file."""
from lib import images, kernels
from lib.disk import Disk, flip_byte
from lib.guests_view import token, token_of_disk, window_is_closed

MTIME_IN_GZIP_HEADER = 4  # RFC 1952: changes the file, not what is unpacked


def scenario(t):
    t.start_from(images.enrolled())
    disk = Disk(t.state.disk)
    initrd = "/boot/initrd.img-" + kernels.old()
    good = disk.read(initrd)
    assert good.startswith(b"\x1f\x8b"), "the initrd is not gzip"
    disk.write(initrd, flip_byte(good, MTIME_IN_GZIP_HEADER))
    before = token_of_disk(disk)
    why = (r"cryptroot: not unlocked by the TPM: PCR 9 \(",)
    with t.machine() as vm:
        t.asks(vm, "a byte changed in the initrd", *why, never=["PCR 4 ", "PCR 7 ", "PCR 8 ", "PCR 14 "])
        vm.answer()
        vm.wait_for_shell()
        t.ok("the passphrase opens, the window is closed", window_is_closed(vm))
        check = vm.try_run("bootseal check")
        t.ok("check says that the next boot will ask", check.status == 5, check)
        refused = vm.try_run("bootseal reseal")
        t.ok("reseal refuses", refused.status != 0, refused)
        t.says("and names the file", refused.out, "initrd.img-" + kernels.old())
        hook = vm.try_run("bootseal reseal --hook")
        t.ok("as a hook it ends with 0 anyway", hook.status == 0, hook)
        t.ok("the policy is the one from before", token(vm) == before)
        vm.reboot()
        t.asks(vm, "the boot that follows", *why)
        vm.pull_the_plug()
    disk.replay_boot()
    disk.write(initrd, good)
    with t.machine() as vm:
        t.opens_early(vm, "with the right byte back")
