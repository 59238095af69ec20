"""Machines whose disks are divided up in other ways than one encrypted file system, with the lean Debian of the other
machines (image/configure.sh).

lvm(release)  what the installer makes of "use entire disk and set up encrypted LVM": the encrypted partition holds the
              volume group debian-vg, with root and swap_1; the newer kernel's package lies in /var/local
"""
import inspect
import os

from . import cache, debian_root, images, procs
from .installed import NEWER
from .vm import State

DISK_BYTES = 4 << 30
PACKAGES = """
	shim-signed grub-efi-amd64 grub-efi-amd64-signed cryptsetup-initramfs lvm2 systemd-sysv udev dosfstools fdisk e2fsprogs
	kmod login passwd iproute2 efibootmgr zstd cpio openssl
""".split()
SCRIPTS = ("configure.sh", "drive.sh", "install.sh", "kernels.sh")


def _make_lvm(folder, release):
    images.progress("fetching %s with LVM (a minute)" % release.name)
    tree = debian_root.unpack(folder, release.name, [*PACKAGES, *release.systemd, *release.depends()],
                              "--variant=minbase",
                              debian_root.kernels(NEWER, "cloud-amd64"), hidden=("doc", "man", "locale"))
    procs.run([os.path.join(images.HERE, "image", "configure.sh"), tree])
    with open(tree + NEWER + "/names", encoding="utf-8") as file:
        kernel = file.read().split()[0]
    images.progress("installing it on an encrypted volume group in a helper VM (some minutes)")
    images.install(folder, tree, kernel, DISK_BYTES, "2G", "LAYOUT=lvm MAPPING=vda3_crypt")


def lvm(release):
    scripts = images.hash_files(*(os.path.join(images.HERE, "image", name) for name in SCRIPTS))
    key = "\n".join([scripts, *PACKAGES, release.name, *release.systemd, inspect.getsource(debian_root), *release.depends(),
                     inspect.getsource(_make_lvm), inspect.getsource(images.install)])
    return State(cache.folder("lvm_" + release.name, key, lambda folder: _make_lvm(folder, release)))
