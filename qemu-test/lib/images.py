"""Disk images, kept in the cache under a hash of what they are made of.

plain     Debian 12 on LUKS2, as installed; has never booted its own system
enrolled  plain, after `apt-get install bootseal` and `bootseal enroll`
running   enrolled, as it stands still after a boot, with root at its shell: memory, devices and console, too
upgraded  enrolled, after `apt-get install` of a newer kernel

Each keeps what was seen while it was made (notes.json), so that a scenario can judge it.
"""
import functools
import glob
import hashlib
import inspect
import json
import os
import pathlib
import shutil
import time

from . import cache, debian, debian_root, kernels, procs
from . import vm as machines
from .guest import PASSPHRASE
from .repo import Repo
from .vm import Machine, State, new_state

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.join(ROOT, "qemu-test")
WORK = os.path.join(ROOT, "build", "vm")
DISK_BYTES = 3 << 30
PACKAGES = """
	shim-signed grub-efi-amd64 grub-efi-amd64-signed cryptsetup-initramfs systemd-sysv udev dosfstools
	fdisk e2fsprogs kmod login passwd iproute2 efibootmgr zstd cpio openssl binutils
	tpm2-tools libtss2-esys-3.0.2-0 libtss2-mu0 libtss2-rc0 libtss2-tctildr0 libtss2-tcti-device0
	libcryptsetup12 libjson-c5 libssl3
""".split()


def progress(text):
    """One line for who waits; TAP readers take it for a comment."""
    print("# " + text, flush=True)


def hash_files(*paths):
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


# --- the Debian root

@functools.cache  # apt takes seconds
def _package_versions():
    return kernels.packages_now([*PACKAGES, *map(kernels.package, kernels.versions())])


def _plain_key():
    scripts = hash_files(*(os.path.join(HERE, "image", name) for name in ("configure.sh", "drive.sh", "install.sh")))
    return "\n".join([_package_versions(), scripts, inspect.getsource(debian_root), inspect.getsource(_make_root),
                      inspect.getsource(install), inspect.getsource(_make_plain)])


def _make_root(folder):
    progress("fetching Debian 12 with kernel %s (about half a minute)" % kernels.old())
    tree = debian_root.unpack(folder, "bookworm", [*PACKAGES, kernels.package(kernels.old())], "--variant=minbase",
                              hidden=("doc", "man", "locale"))
    procs.run([os.path.join(HERE, "image", "configure.sh"), tree])
    return tree


def install(folder, tree, release, disk_bytes, source_size, settings=""):
    """Puts that root on an encrypted disk.img, in a helper VM with the tree's kernel `release`; image/install.sh
    takes `settings`."""
    shutil.copy(os.path.join(HERE, "image", "install.sh"), tree)
    source = os.path.join(folder, "source.img")
    for name in ("vmlinuz", "initrd.img"):
        shutil.copy(os.path.join(tree, "boot", "%s-%s" % (name, release)), os.path.join(folder, name))
    procs.run(["mke2fs", "-q", "-t", "ext4", "-d", tree, source, source_size])
    # With less memory than it copies, Debian 12's kernel (6.1.0-55) gives back pages of ext4's own, then dies of one that
    # it does not find (ext4_mb_load_buddy_gfp): seen twice.
    copied = sum(file.lstat().st_size for file in pathlib.Path(tree).rglob("*"))
    memory = 2048 + copied // 2**20
    shutil.rmtree(tree)
    with open(os.path.join(folder, "disk.img"), "wb") as disk:
        disk.truncate(disk_bytes)
    state = new_state(folder, disk.name)
    log = os.path.join(folder, "install.log")
    with open(log, "wb") as out:
        vm = procs.start(["qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
                          "-smp", "1", "-m", str(memory), "-nodefaults", "-display", "none", "-serial", "stdio",
                          "-no-reboot", "-net", "none", "-kernel", os.path.join(folder, "vmlinuz"),
                          "-initrd", os.path.join(folder, "initrd.img"),
                          "-append",
                          "console=ttyS0 root=/dev/vda rw quiet oops=panic panic=-1 init=/install.sh " + settings,
                          "-drive", "file=%s,format=raw,if=virtio,snapshot=on" % source,
                          "-drive", "file=%s,format=raw,if=virtio,cache=unsafe,discard=unmap" % state.disk],
                         stdout=out, stderr=out)
        try:
            vm.wait(1200)
        finally:
            procs.stop(vm)
    with open(log, "rb") as text:
        said = text.read().decode("utf-8", "replace")
    if "INSTALL-OK" not in said:
        raise RuntimeError("the helper VM did not install:\n" + said[-4000:])
    for name in ("source.img", "vmlinuz", "initrd.img"):
        os.unlink(os.path.join(folder, name))
    return state


def _make_plain(folder):
    tree = _make_root(folder)
    progress("installing it on an encrypted disk in a helper VM (about a minute and a half)")
    install(folder, tree, kernels.old(), DISK_BYTES, "1600M")


def plain():
    return State(cache.folder("plain", _plain_key(), _make_plain))


# --- with bootseal

def deb():
    """Our package for the host's release, as `make deb` left it. Images want that of their own: Release.deb()."""
    named = os.environ.get("BOOTSEAL_DEB")
    found = [named] if named else glob.glob(os.path.join(ROOT, "build", "bootseal_*.deb"))
    if len(found) != 1:
        raise RuntimeError("build/bootseal_*.deb: %d files; run `make deb`" % len(found))
    return found[0]


def repo():
    """What the guest's apt gets to see: our package and the newer kernels."""
    return Repo(os.path.join(WORK, "repo-%d" % os.getpid()), [debian.BOOKWORM.deb(), *kernels.debs()])


class Notes(dict):
    """What the guest said while an image was made, by a short name; kept in notes.json."""

    def __init__(self, folder):
        super().__init__()
        self.path = os.path.join(folder, "notes.json")
        if os.path.exists(self.path):
            with open(self.path, encoding="utf-8") as file:
                self.update(json.load(file))

    def note(self, name, vm, command, timeout=600):
        began = time.monotonic()
        result = vm.try_run(command, timeout)
        self[name] = {"status": result.status, "out": result.out, "seconds": time.monotonic() - began}
        self.save()
        return result

    def save(self):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(self, file, indent=1)


APT_INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -y -q "


def insist(name, result):
    if result.status:
        raise RuntimeError("%s ended with %r" % (name, result))


def _make_enrolled(folder):
    progress("first boot of the new machine, then: apt-get install bootseal; bootseal enroll")
    state = plain().copy_to(folder)
    notes = Notes(folder)
    with repo() as source, Machine(state, os.path.join(folder, "serial.log")) as vm:
        vm.boot_with_passphrase()
        source.use_in(vm)
        insist("apt-get install bootseal", notes.note("install", vm, APT_INSTALL + "bootseal"))
        notes.note("files", vm, "cd /boot && sha256sum initrd.img-* vmlinuz-* grub/grub.cfg")
        vm.write("/run/passphrase", PASSPHRASE)
        insist("bootseal enroll", notes.note("enroll", vm, "bootseal enroll --key-file /run/passphrase"))
        vm.run("rm /run/passphrase")
        for name in ("status", "check", "predict --events"):
            notes.note(name.split()[0], vm, "bootseal " + name)
        vm.power_off()


def _enrolled_key():
    return _plain_key() + hash_files(debian.BOOKWORM.deb()) + inspect.getsource(_make_enrolled)


def enrolled():
    return State(cache.folder("enrolled", _enrolled_key(), _make_enrolled))


def _make_running(folder):
    progress("one boot of the enrolled machine, for all scenarios that begin after it")
    with Machine(enrolled().copy_to(folder), os.path.join(folder, "serial.log")) as vm:
        vm.wait_for_shell()
        vm.run("sync")
        vm.suspend()


def running():
    # a QEMU takes the memory of one of its own version only, with the same devices
    versions = [procs.run([name, "--version"]).decode() for name in ("qemu-system-x86_64", "swtpm")]
    key = "\n".join([_enrolled_key(), *versions, hash_files(machines.OVMF_CODE, machines.OVMF_VARS),
                     inspect.getsource(machines),
                     str((machines.MEMORY_MB, machines.CPUS)), inspect.getsource(_make_running)])
    return State(cache.folder("running", key, _make_running))


def _make_upgraded(folder):
    progress("a kernel upgrade on the enrolled machine: %s" % kernels.new())
    state = enrolled().copy_to(folder)
    notes = Notes(folder)
    with repo() as source, Machine(state, os.path.join(folder, "serial.log")) as vm:
        vm.wait_for_shell()
        source.use_in(vm)
        insist("apt-get install", notes.note("upgrade", vm, APT_INSTALL + kernels.package(kernels.new())))
        for name in ("status", "check", "predict --events"):
            notes.note(name.split()[0], vm, "bootseal " + name)
        vm.power_off()


def upgraded():
    return State(cache.folder("upgraded", _enrolled_key() + inspect.getsource(_make_upgraded),
                              _make_upgraded))


def notes(state):
    return Notes(state.folder)
