"""The machines that images for clouds become, on Debian, with Ubuntu's layout and settings (image/configure-cloud.sh says
which). The newer kernel's package lies in /var/local.

cloud(release)         such an image, delivered and never started; its root was encrypted by hand
clear(release, where)  one with nothing encrypted, in which our package is installed. where: "boot", /boot is a partition as
                       in Ubuntu's images; "root", it is a folder of the root as in Debian's
"""
import inspect
import os
import shutil

from . import cache, debian_root, images, procs
from .installed import NEWER
from .vm import State

DISK_BYTES = 4 << 30
PACKAGES = """
	grub-cloud-amd64 shim-signed cryptsetup-initramfs systemd-sysv udev dosfstools fdisk e2fsprogs kmod login passwd
	iproute2 efibootmgr zstd cpio openssl
""".split()
SCRIPTS = ("configure.sh", "configure-cloud.sh", "drive.sh", "install.sh", "kernels.sh")
LAYOUTS = {"boot": "clear", "root": "clear-debian"}


def _unpack(folder, release):
    """The root as a tree, and its kernel's version."""
    images.progress("fetching %s as an image for a cloud has it (a minute)" % release.name)
    tree = debian_root.unpack(folder, release.name, [*PACKAGES, *release.systemd, *release.depends()], "--variant=minbase",
                              debian_root.kernels(NEWER, "cloud-amd64"), hidden=("doc", "man", "locale"))
    for name in ("configure.sh", "configure-cloud.sh"):
        procs.run([os.path.join(images.HERE, "image", name), tree])
    with open(tree + NEWER + "/names", encoding="utf-8") as file:
        return tree, file.read().split()[0]


def _make_cloud(folder, release):
    tree, kernel = _unpack(folder, release)
    images.progress("installing it on an encrypted disk in a helper VM (some minutes)")
    images.install(folder, tree, kernel, DISK_BYTES, "2G", "LAYOUT=cloud MAPPING=rootfs_crypt")


def _make_clear(folder, release, layout):
    tree, kernel = _unpack(folder, release)
    shutil.copy(release.deb(), os.path.join(tree, "bootseal.deb"))
    procs.run(["chroot", tree, "dpkg", "-i", "/bootseal.deb"])
    os.unlink(os.path.join(tree, "bootseal.deb"))
    images.progress("installing it in a helper VM (some minutes)")
    images.install(folder, tree, kernel, DISK_BYTES, "2G", "LAYOUT=" + layout)


def _key(release, *more):
    scripts = images.hash_files(*(os.path.join(images.HERE, "image", name) for name in SCRIPTS))
    return "\n".join([scripts, *PACKAGES, release.name, inspect.getsource(debian_root), *release.depends(),
                      *map(inspect.getsource, (_unpack, _make_cloud, _make_clear, images.install)), *more])


def cloud(release):
    return State(cache.folder("cloud_" + release.name, _key(release), lambda folder: _make_cloud(folder, release)))


def clear(release, where):
    layout = LAYOUTS[where]
    return State(cache.folder("%s_%s" % (layout, release.name), _key(release, images.hash_files(release.deb())),
                              lambda folder: _make_clear(folder, release, layout)))
