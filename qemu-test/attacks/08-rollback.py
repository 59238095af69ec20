"""The old kernel is purged. Then its files, its grub.cfg and the LUKS header of that time are all put back
while the machine is off. What was a sealed boot path once asks for the passphrase now."""
from lib import images, kernels, menu
from lib.disk import Disk


def scenario(t):
    t.start_from(images.upgraded())
    disk = Disk(t.state.disk)
    old = kernels.old()
    paths = ("/boot/vmlinuz-" + old, "/boot/initrd.img-" + old, "/boot/grub/grub.cfg", "/boot/grub/grubenv")
    saved = {path: disk.read(path) for path in paths}
    header = disk.read_luks_header()
    with t.machine() as vm:
        t.opens_by_itself(vm, "boot of the new kernel")
        said = vm.try_run("DEBIAN_FRONTEND=noninteractive apt-get purge -y -q " + kernels.package(old),
                          timeout=900)
        t.ok("the old kernel is purged", said.status == 0
             and vm.try_run("ls /boot/vmlinuz-" + old).status != 0, said)
        t.says("the policy moves with it", said.out, "is in force now", never=["NOT MOVED", "REFUSED"])
        check = vm.try_run("bootseal check")
        t.says("check does not know the old kernel any more", check.out, "Linux " + kernels.new(),
               never=["Linux " + old])
        vm.power_off()
    for path, data in saved.items():
        disk.write(path, data)
    disk.write_luks_header(header)
    with t.machine() as vm:
        menu.choose(vm, menu.path_to(saved["/boot/grub/grub.cfg"], old))
        t.asks(vm, "the old boot chain put back as a whole",
               "the policy was moved since|an older header was restored")
        vm.answer()
        # no further: the purge took the old kernel's modules off the root
        vm.serial.expect(rb"cryptroot: set up successfully", timeout=120)
        t.ok("the passphrase opens", True)
        vm.pull_the_plug()
