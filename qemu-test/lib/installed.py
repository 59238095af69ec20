"""The machine as Debian's installer leaves it: MODULES=most and zstd, an ordinary kernel beside the cloud one, GRUB
on a graphical terminal with its font, quiet splash, Recommends (plymouth, os-prober), started from an entry in
the firmware. What image/drive.sh adds is for the test.

installed(release)  such a machine, before bootseal; the newer kernel's package lies in /var/local
"""
import inspect
import os

from . import cache, debian_root, images, procs
from .vm import Machine, State

DISK_BYTES = 6 << 30
# what plymouth and GRUB draw on
DISPLAY = ("-device", "VGA,vgamem_mb=16")
PACKAGES = """
	shim-signed grub-efi-amd64 grub-efi-amd64-signed cryptsetup-initramfs plymouth plymouth-themes os-prober
	efibootmgr zstd cpio openssl dosfstools console-setup
""".split()
LUKS_UUID = "3f1b2c4d-5a69-4788-96a5-b4c3d2e1f001"
NEWER = "/var/local/newer-kernel"


def _make_root(folder, release):
    images.progress("fetching a whole %s (about two minutes)" % release.name)
    # the ordinary kernel becomes GRUB's default: the cloud one of the same version would
    tree = debian_root.unpack(folder, release.name, [*PACKAGES, *release.depends()], "--variant=important",
                              '--aptopt=APT::Install-Recommends "true"', debian_root.kernels(NEWER, "amd64", "cloud-amd64"))
    procs.run([os.path.join(images.HERE, "image", "configure-installed.sh"), tree])
    # `initramfs` is what makes the hook take it here, where the root is no such volume
    with open(tree + "/etc/crypttab", "w", encoding="utf-8") as file:
        file.write("vda3_crypt UUID=%s none luks,discard,initramfs\n" % LUKS_UUID)
    procs.run(["chroot", tree, "update-initramfs", "-u", "-k", "all"], timeout=1200)
    return tree


def _make_installed(folder, release):
    tree = _make_root(folder, release)
    with open(tree + NEWER + "/names", encoding="utf-8") as file:
        cloud = file.read().split()[2]
    images.progress("installing it on an encrypted disk in a helper VM (some minutes)")
    state = images.install(folder, tree, cloud, DISK_BYTES, "4G", "MAPPING=vda3_crypt LUKS_UUID=" + LUKS_UUID)
    images.progress("its first boot: it makes its entry in the firmware")
    with Machine(state, os.path.join(folder, "serial.log"), firmware=DISPLAY) as vm:
        vm.boot_with_passphrase()
        # as grub-efi-amd64-signed's postinst does it; the helper VM has no firmware
        vm.run("sed -i s/,initramfs// /etc/crypttab; grub-install --target=x86_64-efi && rm -r /boot/efi/EFI/BOOT",
               1200)
        vm.power_off()


def installed(release):
    scripts = images.hash_files(*(os.path.join(images.HERE, "image", name)
                                  for name in ("configure-installed.sh", "drive.sh", "install.sh", "kernels.sh")))
    key = "\n".join([scripts, *PACKAGES, release.name, inspect.getsource(debian_root), *release.depends(),
                     inspect.getsource(_make_root), inspect.getsource(_make_installed),
                     inspect.getsource(images.install)])
    return State(cache.folder("installed_" + release.name, key, lambda folder: _make_installed(folder, release)))
