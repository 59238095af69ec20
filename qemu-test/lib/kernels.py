"""Which of Debian's signed kernels the tests use: the three newest of the archive, oldest first."""
import functools
import os
import re

from . import procs

PATTERN = r"^linux-image-6\.1\.0-[0-9]+-cloud-amd64$"


@functools.cache
def versions():
    """For example ['6.1.0-54-cloud-amd64', '6.1.0-55-cloud-amd64', '6.1.0-56-cloud-amd64']."""
    def search():
        names = procs.run(["apt-cache", "search", "--names-only", PATTERN]).decode().split("\n")
        found = {m.group(1) for line in names if (m := re.match(r"linux-image-(\S+)", line))}
        return sorted(found, key=lambda name: int(name.split("-")[1]))
    found = search()
    if len(found) < 3:
        procs.run(["apt-get", "update"])
        found = search()
    if len(found) < 3:
        raise RuntimeError("the archive has fewer than three signed 6.1 cloud kernels: %s" % found)
    return found[-3:]


def old():
    return versions()[0]


def new():
    return versions()[1]


def newest():
    return versions()[2]


def package(version):
    return "linux-image-" + version


def debs(folder):
    """The .deb files of all of them, downloaded once (apt checks the archive's signature and the sum)."""
    os.makedirs(folder, exist_ok=True)
    paths = []
    for version in versions():
        have = [n for n in os.listdir(folder) if n.startswith(package(version) + "_") and n.endswith(".deb")]
        if not have:
            # apt's sandbox user may not write here; as root it then downloads as root and warns
            procs.run(["apt-get", "download", "-q", package(version)], cwd=folder)
            have = [n for n in os.listdir(folder) if n.startswith(package(version) + "_") and n.endswith(".deb")]
        paths.append(os.path.join(folder, sorted(have)[-1]))
    return paths
