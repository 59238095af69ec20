"""A release of Debian, and our package as it is built there."""
import glob
import os
import platform
import re
import shutil

from . import cache, debian_root, images, procs


class Release:
    """`name` is that of its suite; `native`, that the tests run on it; `systemd`, what of systemd is not in the package
    of that name but opens the volumes of /etc/crypttab."""

    def __init__(self, name, systemd=()):
        self.name = name
        self.systemd = systemd
        self.native = platform.freedesktop_os_release().get("VERSION_CODENAME") == name

    def deb(self):
        """Our package: what `make deb` left in build/, or built on this release from the same sources."""
        if self.native:
            return images.deb()
        return self._built_there()

    def depends(self):
        """What our package needs, by name."""
        named = procs.run(["dpkg-deb", "-f", self.deb(), "Depends"]).decode()
        return [re.match(r"\s*([^\s(|]+)", entry).group(1) for entry in named.split(",")]

    def _built_there(self):
        # the package from here has the same sources, whatever it was compiled by
        folder = cache.folder("deb_" + self.name, self.name + images.hash_files(images.deb()), self._build)
        return glob.glob(os.path.join(folder, "bootseal_*.deb"))[0]

    def _build(self, folder):
        images.progress("building the package on %s (some minutes)" % self.name)
        with open(os.path.join(images.ROOT, "debian", "control"), encoding="utf-8") as file:
            wanted = re.search(r"^Build-Depends:((?:.*\n)(?:[ \t].*\n)*)", file.read(), re.M).group(1)
        packages = [re.match(r"\s*([^\s(]+)", entry).group(1) for entry in wanted.split(",")]
        tree = debian_root.unpack(folder, self.name, [*packages, "debhelper", "make", "git"], "--variant=buildd")
        source = os.path.join(tree, "src", "bootseal")
        os.makedirs(source)
        files = procs.run(["git", "ls-files", "-z"], cwd=images.ROOT).decode().rstrip("\0").split("\0")
        for name in files:
            if name.split("/")[0] not in ("tests", "qemu-test"):
                os.makedirs(os.path.dirname(os.path.join(source, name)), exist_ok=True)
                shutil.copy2(os.path.join(images.ROOT, name), os.path.join(source, name))
        # the libraries' sources were fetched and checked for the package from here
        kept = glob.glob(os.path.join(cache.ROOT, "sources-*"))
        for name in kept:
            shutil.copytree(name, os.path.join(tree, "kept", os.path.basename(name)))
        # a compiler that was chosen for the host (CC='ccache cc') may be missing there
        procs.run(["chroot", tree, "env", "-u", "CC", "-u", "FUZZ_CC", "BOOTSEAL_CACHE=/kept", "HOME=/",
                   "make", "-C", "/src/bootseal", "-j%d" % os.cpu_count(), "all", "deb"], timeout=2400)
        for name in glob.glob(os.path.join(source, "build", "bootseal_*.deb")):
            shutil.copy(name, folder)
        shutil.rmtree(tree)


BOOKWORM = Release("bookworm")
TRIXIE = Release("trixie", systemd=["systemd-cryptsetup"])
