"""The signed boot chain of a Debian release, fetched and checked by apt into a cache, nothing installed."""
import hashlib
import pathlib
import re
import struct
import subprocess

from lib import apt

SUITES = {"206": "bookworm", "212": "trixie"}


class Suite:
    def __init__(self, version, cache, kernel):
        root = cache / "root"
        self.version = version
        self.cache = cache
        self.shim = root / "usr/lib/shim/shimx64.efi.signed"
        self.grub = root / "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"
        self.modules = root / "usr/lib/grub/x86_64-efi"
        self.kernel = kernel


def fetch(cache_root, version):
    cache = cache_root.resolve() / version
    root = cache / "root"
    if not (cache / "complete").exists():
        env = apt.environment(cache, SUITES[version])
        run = lambda *args: subprocess.run(args, env=env, check=True, cwd=cache, capture_output=True,
                                           text=True).stdout
        run("apt-get", "update", "-q")
        depends = run("apt-cache", "depends", "linux-image-cloud-amd64")
        kernel = re.search(r"Depends: (linux-image-\S+-cloud-amd64)", depends).group(1)
        run("apt-get", "download", "-q", "shim-signed", "grub-efi-amd64-signed", "grub-efi-amd64-bin", kernel)
        for deb in cache.glob("*.deb"):
            run("dpkg-deb", "-x", str(deb), str(root))
        (cache / "complete").touch()
    kernel = next((root / "boot").glob("vmlinuz-*"))
    return Suite(version, cache, kernel)


def authenticode(path):
    """SHA-256 of a PE file as the firmware measures it: without checksum, certificate entry and
    certificates."""
    data = pathlib.Path(path).read_bytes()
    pe = struct.unpack_from("<I", data, 0x3c)[0]
    optional = pe + 24
    magic = struct.unpack_from("<H", data, optional)[0]
    certificate = optional + (144 if magic == 0x20b else 128)
    at, size = struct.unpack_from("<II", data, certificate)
    end = at if at else len(data)
    digest = hashlib.sha256()
    digest.update(data[:optional + 64])
    digest.update(data[optional + 68:certificate])
    digest.update(data[certificate + 8:end])
    digest.update(data[end + size:] if at else b"")
    return digest.hexdigest()
