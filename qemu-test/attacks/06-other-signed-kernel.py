"""Another kernel that Debian signed, with modules to match, is copied over the installed one while the
machine is off. Secure Boot has nothing against it. The prompt names PCR 4; the passphrase opens. Kernel and
initrd of the other installed version, under this one's names, do not pass either, though each of their
measurements is sealed for the other boot path."""
import gzip
import os

from lib import images, kernels, procs
from lib.disk import Disk

COUNT = "cd \"$1\" && find . | cpio -o -H newc --quiet"


def scenario(t):
    t.start_from(images.upgraded())
    disk = Disk(t.state.disk)
    kernel, initrd = "/boot/vmlinuz-" + kernels.new(), "/boot/initrd.img-" + kernels.new()
    good = {path: disk.read(path) for path in (kernel, initrd)}
    vmlinuz, modules = _foreign(t)
    disk.write(kernel, vmlinuz)
    disk.write(initrd, good[initrd] + gzip.compress(modules, 1))
    with t.machine() as vm:
        t.asks(vm, "another signed kernel copied over", r"not unlocked by the TPM: PCR 4 \(", r"PCR 9 \(",
               never=["PCR 7 ", "PCR 8 "])
        vm.answer()
        vm.serial.expect(rb"cryptroot: set up successfully", timeout=120)
        t.ok("the passphrase opens", True)
        vm.pull_the_plug()

    disk.write(kernel, disk.read("/boot/vmlinuz-" + kernels.old()))
    disk.write(initrd, disk.read("/boot/initrd.img-" + kernels.old()))
    with t.machine() as vm:
        t.asks(vm, "the old kernel and its initrd under the new one's names",
               r"not unlocked by the TPM: PCR \d+ \(")
        vm.pull_the_plug()

    for path, data in good.items():
        disk.write(path, data)
    with t.machine() as vm:
        t.opens_early(vm, "with the right files back")


def _foreign(t):
    """The newest signed kernel, which is not installed, and a cpio of its modules."""
    release = kernels.newest()
    deb = next(p for p in kernels.debs() if kernels.package(release) + "_" in p)
    tree = os.path.join(t.work, "foreign")
    procs.run(["dpkg-deb", "-x", deb, tree])
    with open(os.path.join(tree, "boot", "vmlinuz-" + release), "rb") as file:
        vmlinuz = file.read()
    overlay = os.path.join(t.work, "overlay")
    wanted = ["virtio", "virtio_ring", "virtio_pci", "virtio_pci_modern_dev", "virtio_pci_legacy_dev",
              "virtio_blk", "dm-mod", "dm-crypt",
              "xts", "ext4", "jbd2", "mbcache", "crc16", "crc32c_generic", "ecb", "cbc", "essiv", "authenc",
              "encrypted-keys", "trusted",
              "asn1_encoder", "aesni-intel", "crypto_simd", "cryptd", "libaes", "aes_generic"]
    for folder, _, names in os.walk(os.path.join(tree, "lib", "modules", release)):
        for name in names:
            if name.removesuffix(".ko") in wanted and name.endswith(".ko"):
                target = os.path.join(overlay, "usr", os.path.relpath(folder, tree))
                os.makedirs(target, exist_ok=True)
                os.rename(os.path.join(folder, name), os.path.join(target, name))
    procs.run(["depmod", "-b", os.path.join(overlay, "usr"), release])
    return vmlinuz, procs.run(["sh", "-ec", COUNT, "sh", overlay])
