"""The machine that an image for a cloud becomes, with Ubuntu's layout and settings (image/configure-cloud.sh says
which), on Debian; its root was encrypted by hand.

cloud(release)  such an image, delivered and never started; the newer kernel's package lies in /var/local
"""
import inspect
import os

from . import cache, debian_root, images, procs
from .installed import NEWER
from .vm import State

DISK_BYTES = 4 << 30
PACKAGES = """
	grub-cloud-amd64 shim-signed cryptsetup-initramfs systemd-sysv udev dosfstools fdisk e2fsprogs kmod login passwd
	iproute2 efibootmgr zstd cpio openssl
""".split()
SCRIPTS = ("configure.sh", "configure-cloud.sh", "drive.sh", "install.sh", "kernels.sh")


def _make_cloud(folder, release):
    images.progress("fetching %s as an image for a cloud has it (a minute)" % release.name)
    tree = debian_root.unpack(folder, release.name, [*PACKAGES, *release.depends()], "--variant=minbase",
                              debian_root.kernels(NEWER, "cloud-amd64"), hidden=("doc", "man", "locale"))
    for name in ("configure.sh", "configure-cloud.sh"):
        procs.run([os.path.join(images.HERE, "image", name), tree])
    with open(tree + NEWER + "/names", encoding="utf-8") as file:
        kernel = file.read().split()[0]
    images.progress("installing it on an encrypted disk in a helper VM (some minutes)")
    images.install(folder, tree, kernel, DISK_BYTES, "2G", "LAYOUT=cloud MAPPING=rootfs_crypt")


def cloud(release):
    scripts = images.hash_files(*(os.path.join(images.HERE, "image", name) for name in SCRIPTS))
    key = "\n".join([scripts, *PACKAGES, release.name, inspect.getsource(debian_root), *release.depends(),
                     inspect.getsource(_make_cloud), inspect.getsource(images.install)])
    return State(cache.folder("cloud_" + release.name, key, lambda folder: _make_cloud(folder, release)))
