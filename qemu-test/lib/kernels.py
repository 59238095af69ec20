"""Which of Debian's signed kernels the tests use: the three newest that the archive has for the image's release, oldest first."""
import functools
import os
import re

from . import apt, cache

RELEASE = "bookworm"
PATTERN = r"^linux-image-6\.1\.0-[0-9]+-cloud-amd64$"


@functools.cache
def versions():
    """For example ['6.1.0-54-cloud-amd64', '6.1.0-55-cloud-amd64', '6.1.0-56-cloud-amd64']."""
    names = apt.run(RELEASE, "apt-cache", "search", "--names-only", PATTERN).split("\n")
    found = {m.group(1) for line in names if (m := re.match(r"linux-image-(\S+)", line))}
    found = sorted(found, key=lambda name: int(name.split("-")[1]))
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


def packages_now(names):
    """What the archive has of these packages: a line a file and a sum."""
    shown = apt.run(RELEASE, "apt-cache", "show", "--no-all-versions", *names)
    return "\n".join(sorted(line for line in shown.split("\n") if line.startswith(("Filename:", "SHA256:"))))


def _download(folder):
    apt.run(RELEASE, "apt-get", "download", "-q", *map(package, versions()), cwd=folder)


def debs():
    """The .deb files of all of them, downloaded once (apt checks the archive's signature and the sum)."""
    folder = cache.folder("kernels", packages_now(map(package, versions())), _download)
    return [os.path.join(folder, n) for v in versions() for n in os.listdir(folder)
            if n.startswith(package(v) + "_")]
