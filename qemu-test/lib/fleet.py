"""Machines that nobody sits at, and what cloud-init finds there.

encrypted()   Debian 12 on an encrypted root as installed, with cloud-init, Ansible, unattended-upgrades and node_exporter;
              without bootseal
clear()       Debian's image for clouds with cloud-init and bootseal, nothing encrypted
"""
import inspect
import os
import shutil

from . import cache, cloud, debian_root, images, kernels, procs
from .debian import BOOKWORM
from .vm import State

DISK_BYTES = 3 << 30
DOC = os.path.join(images.ROOT, "doc", "fleet")
CLOUD_INIT = "cloud-init cloud-guest-utils ifupdown curl dbus sudo".split()
ADMINISTERED = CLOUD_INIT + "ansible-core unattended-upgrades prometheus-node-exporter".split()
SCRIPTS = ("configure.sh", "configure-cloud.sh", "configure-fleet.sh", "drive.sh", "install.sh", "kernels.sh")
SERVER = "https://keys.example.org"


# --- images

def _configure(tree, *scripts):
    for name in scripts:
        procs.run([os.path.join(images.HERE, "image", name), tree])


def _make_encrypted(folder):
    images.progress("fetching Debian 12 with what administers many machines (a minute)")
    tree = debian_root.unpack(folder, "bookworm", [*images.PACKAGES, *ADMINISTERED, kernels.package(kernels.old())],
                              "--variant=minbase", hidden=("doc", "man", "locale"))
    _configure(tree, "configure.sh", "configure-fleet.sh")
    images.progress("installing it on an encrypted disk in a helper VM (some minutes)")
    images.install(folder, tree, kernels.old(), DISK_BYTES, "2G")


def _make_clear(folder):
    images.progress("fetching Debian 12 as an image for a cloud with cloud-init has it (a minute)")
    # cloud-init makes the keys of a host, whether it has a server of SSH or not
    packages = [*cloud.PACKAGES, *CLOUD_INIT, "openssh-client", *BOOKWORM.depends()]
    tree = debian_root.unpack(folder, "bookworm", packages, "--variant=minbase",
                              debian_root.kernels(cloud.NEWER, "cloud-amd64"), hidden=("doc", "man", "locale"))
    _configure(tree, "configure.sh", "configure-cloud.sh", "configure-fleet.sh")
    shutil.copy(BOOKWORM.deb(), os.path.join(tree, "bootseal.deb"))
    procs.run(["chroot", tree, "dpkg", "-i", "/bootseal.deb"])
    os.unlink(os.path.join(tree, "bootseal.deb"))
    with open(tree + cloud.NEWER + "/names", encoding="utf-8") as file:
        kernel = file.read().split()[0]
    images.progress("installing it in a helper VM (some minutes)")
    images.install(folder, tree, kernel, DISK_BYTES, "2G", "LAYOUT=clear-debian")


def _key(make, *more):
    scripts = images.hash_files(*(os.path.join(images.HERE, "image", name) for name in SCRIPTS))
    return "\n".join([scripts, *ADMINISTERED, inspect.getsource(debian_root),
                      *map(inspect.getsource, (make, _configure, images.install)), *more])


def encrypted():
    return State(cache.folder("fleet", _key(_make_encrypted, kernels.old(), *images.PACKAGES), _make_encrypted))


def clear():
    return State(cache.folder("fleet_clear", _key(_make_clear, images.hash_files(BOOKWORM.deb()), *cloud.PACKAGES), _make_clear))


# --- cloud-init

def user_data(name, server):
    """A file of doc/fleet, word for word, but with the address of this server."""
    with open(os.path.join(DOC, name), encoding="utf-8") as file:
        text = file.read()
    if SERVER not in text:
        raise RuntimeError("%s names no %s" % (name, SERVER))
    return text.replace(SERVER, server.address)


def seed(t, text):
    """The disk from which cloud-init's data source NoCloud takes this user data, and what is not of interest here."""
    path = os.path.join(t.work, "seed.img")
    procs.run(["mkfs.vfat", "-C", "-n", "CIDATA", path, "4096"])
    for name, content in (("meta-data", "instance-id: first\nlocal-hostname: vm\n"), ("user-data", text),
                          ("vendor-data", "#cloud-config\nlocale: C.UTF-8\n")):
        local = os.path.join(t.work, name)
        with open(local, "w", encoding="utf-8") as file:
            file.write(content)
        procs.run(["mcopy", "-i", path, local, "::"])
    return path


def cloud_init_ended(t, vm, timeout):
    said = vm.try_run("cloud-init status --wait --long", timeout)
    t.says("cloud-init has ended well", said.out, r"status: done", "DataSourceNoCloud", never=["(?i)error: *\\S"])
    # no server of SSH is there to be configured
    warned = vm.try_run("grep -E 'WARNING|ERROR|Traceback' /var/log/cloud-init.log | grep -v \"SSH service 'ssh' is not installed\"")
    t.ok("and without a warning", warned.status == 1, warned.out + vm.run("tail -n 40 /var/log/cloud-init-output.log"))
