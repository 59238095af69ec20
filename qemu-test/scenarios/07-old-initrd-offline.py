"""The initrd of the kernel that does not boot by default is changed while the machine is off. The machine
boots its default kernel, a newer kernel is installed. The upgrade goes through; the changed file is refused
by name; choosing the old entry asks for the passphrase."""
from lib import images, kernels, menu
from lib.disk import Disk, flip_byte


def scenario(t):
    t.start_from(images.upgraded())
    disk = Disk(t.state.disk)
    old_initrd = "/boot/initrd.img-" + kernels.old()
    disk.write(old_initrd, flip_byte(disk.read(old_initrd), 4))
    with images.repo() as source, t.machine() as vm:
        t.opens_by_itself(vm, "default boot, which does not use the changed file")
        source.use_in(vm)
        said = vm.try_run(images.APT_INSTALL + kernels.package(kernels.newest()), timeout=900)
        t.ok("the kernel upgrade goes through", said.status == 0, said)
        t.says("the changed file is refused loudly, by name", said.out, "REFUSED.*" + old_initrd)
        t.says("the other kernels are sealed", said.out, "will unlock automatically")
        status = vm.try_run("bootseal status")
        t.says("status keeps saying it", status.out, old_initrd)
        grub_cfg = vm.read("/boot/grub/grub.cfg")
        vm.reboot()
        menu.choose(vm, menu.path_to(grub_cfg, kernels.old()))
        t.asks(vm, "the old entry", r"not unlocked by the TPM: .*PCR 9 \(")
        vm.hard_reset()
        t.opens_by_itself(vm, "the default entry, the newest kernel")
        t.ok("it is the newest kernel", vm.run("uname -r").strip() == kernels.newest())
