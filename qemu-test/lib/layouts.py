"""Machines whose disks are divided up in other ways than one encrypted file system, with the lean Debian of the other
machines (image/configure.sh). The newer kernel's package lies in /var/local.

lvm(release)         what the installer makes of "use entire disk and set up encrypted LVM": the encrypted partition holds
                     the volume group debian-vg, with root and swap_1
raid(release)        the same, the encrypted volume on a RAID 1 of two partitions
subvolumes(release)  the encrypted volume is a volume of the group below-vg; root is the subvolume @rootfs of its btrfs
btrfs(release)       a btrfs over two encrypted partitions, root the subvolume @rootfs
"""
import inspect
import os

from . import cache, debian_root, images, procs
from .installed import NEWER
from .vm import State

DISK_BYTES = 4 << 30
PACKAGES = """
	shim-signed grub-efi-amd64 grub-efi-amd64-signed cryptsetup-initramfs systemd-sysv udev dosfstools fdisk e2fsprogs
	kmod login passwd iproute2 efibootmgr zstd cpio openssl
""".split()
SCRIPTS = ("configure.sh", "drive.sh", "install.sh", "kernels.sh")


MORE = {"lvm": ["lvm2"], "raid": ["lvm2", "mdadm"], "subvolumes": ["lvm2", "btrfs-progs"], "btrfs": ["btrfs-progs"]}
BYTES = {"raid": 6 << 30, "btrfs": 6 << 30}


def _packages(layout, release):
    return [*PACKAGES, *MORE[layout], *release.systemd, *release.depends()]


def _make(folder, layout, release):
    images.progress("fetching %s with the layout %s (a minute)" % (release.name, layout))
    tree = debian_root.unpack(folder, release.name, _packages(layout, release), "--variant=minbase",
                              debian_root.kernels(NEWER, "cloud-amd64"), hidden=("doc", "man", "locale"))
    procs.run([os.path.join(images.HERE, "image", "configure.sh"), tree])
    with open(tree + NEWER + "/names", encoding="utf-8") as file:
        kernel = file.read().split()[0]
    images.progress("installing it in a helper VM (some minutes)")
    images.install(folder, tree, kernel, BYTES.get(layout, DISK_BYTES), "2G", "LAYOUT=%s MAPPING=vda3_crypt" % layout)


def _image(layout, release):
    scripts = images.hash_files(*(os.path.join(images.HERE, "image", name) for name in SCRIPTS))
    key = "\n".join([scripts, *_packages(layout, release), release.name, inspect.getsource(debian_root),
                     inspect.getsource(_make), inspect.getsource(images.install)])
    return State(cache.folder("%s_%s" % (layout, release.name), key, lambda folder: _make(folder, layout, release)))


def lvm(release):
    return _image("lvm", release)


def raid(release):
    return _image("raid", release)


def subvolumes(release):
    return _image("subvolumes", release)


def btrfs(release):
    return _image("btrfs", release)
