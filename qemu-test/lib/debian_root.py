"""A root of Debian, unpacked in a folder."""
import os

from . import procs

MIRROR = os.environ.get("BOOTSEAL_MIRROR", "http://deb.debian.org")


def suites(release):
    return ["deb %s/debian %s main" % (MIRROR, release),
            "deb %s/debian %s-updates main" % (MIRROR, release),
            "deb %s/debian-security %s-security main" % (MIRROR, release)]


def unpack(folder, release, packages, *options, hidden=("doc",), timeout=2400):
    """That release with these packages, but for what lies in the `hidden` folders of /usr/share, as folder/root,
    which is returned."""
    archive = os.path.join(folder, "root.tar")
    tree = os.path.join(folder, "root")
    hide = ["--dpkgopt=path-exclude=/usr/share/%s/*" % name for name in hidden]
    procs.run(["mmdebstrap", "--quiet", '--aptopt=Acquire::Languages "none"', "--dpkgopt=force-unsafe-io", *hide,
               *options, "--include=" + ",".join(packages), release, archive, *suites(release)], timeout=timeout)
    os.makedirs(tree)
    procs.run(["tar", "-x", "-C", tree, "-f", archive, "--exclude=./dev/*"])
    os.unlink(archive)
    return tree


def kernels(folder, *flavours):
    """An option of unpack(): image/kernels.sh says what it does."""
    script = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "image", "kernels.sh")
    return "--customize-hook=%s \"$1\" %s %s" % (script, folder, " ".join(flavours))
