"""What somebody does to a disk while the machine is off: partitions, files of /boot and the ESP, the LUKS
header."""
import contextlib
import json
import os
import tempfile

from . import procs

HEADER_BYTES = 16 << 20  # Debian's luksFormat puts the data behind 16 MiB
SECTOR = 512


class Disk:
    """A raw GPT image with partitions named esp, boot and root. Names of files as the running system has
    them."""

    def __init__(self, path):
        self.path = path
        table = json.loads(procs.run(["sfdisk", "-J", path]))["partitiontable"]
        self.start = {p["name"]: p["start"] * SECTOR for p in table["partitions"]}
        self.size = {p["name"]: p["size"] * SECTOR for p in table["partitions"]}

    # --- /boot

    def _boot(self):
        return "%s?offset=%d" % (self.path, self.start["boot"])

    def replay_boot(self):
        """After a power loss the journal must be played before anything is written beside it."""
        # 1: errors were corrected, which is what was asked for
        procs.run(["sh", "-c", 'e2fsck -p -E journal_only "$1" || [ $? -eq 1 ]', "sh", self._boot()])

    def _debugfs(self, *commands):
        with tempfile.NamedTemporaryFile("w", suffix=".debugfs") as script:
            script.write("\n".join(commands) + "\n")
            script.flush()
            said = procs.run(["debugfs", "-w", "-f", script.name, self._boot()]).decode("utf-8", "replace")
        # debugfs ends with 0 whatever happened: a command that failed says so by its own name
        bad = [l for l in said.split("\n") if not l.startswith("debugfs") and ":" in l
               and "Allocated inode" not in l]
        if bad:
            raise RuntimeError("debugfs: %s" % "\n".join(bad))
        return said

    def _on_esp(self, path):
        return path.startswith("/boot/efi/")

    @contextlib.contextmanager
    def _temporary(self, data=b""):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            yield file.name

    def read(self, path):
        """A file below /boot or /boot/efi, as bytes."""
        with self._temporary() as out:
            if self._on_esp(path):
                procs.run(["mcopy", "-o", "-n", "-i", self._esp(), self._esp_name(path), out])
            else:
                self._debugfs("dump %s %s" % (path.removeprefix("/boot"), out))
            with open(out, "rb") as file:
                return file.read()

    def write(self, path, data):
        """Replace or create a file below /boot or /boot/efi."""
        with self._temporary(data) as source:
            if self._on_esp(path):
                procs.run(["mcopy", "-o", "-i", self._esp(), source, self._esp_name(path)])
                return
            folder, name = os.path.split(path.removeprefix("/boot"))
            commands = ["cd %s" % folder]
            if name in self.list(os.path.dirname(path)):
                commands.append("rm %s" % name)
            commands += ["write %s %s" % (source, name), "sif %s mode 0100644" % name]
            self._debugfs(*commands)
        if self.read(path) != data:
            raise RuntimeError("%s was not written to %s" % (path, self.path))

    def remove(self, path):
        self._debugfs("rm %s" % path.removeprefix("/boot"))

    def make_link(self, path, target):
        """A symbolic link in a folder of /boot that is there."""
        folder, name = os.path.split(path.removeprefix("/boot"))
        self._debugfs("cd %s" % (folder or "/"), "symlink %s %s" % (name, target))

    def make_folders(self, path):
        """A folder of /boot, and those above it."""
        at = ""
        for name in path.removeprefix("/boot/").split("/"):
            at += "/" + name
            self._debugfs("mkdir %s" % at)

    def list(self, path):
        """Names in a folder of /boot."""
        said = procs.run(["debugfs", "-R", "ls -p %s" % (path.removeprefix("/boot") or "/"), self._boot()])
        rows = [line.split("/") for line in said.decode("utf-8", "replace").split("\n")
                if line.startswith("/")]
        return [row[5] for row in rows if row[5] not in (".", "..", "")]

    # --- ESP

    def _esp(self):
        return "%s@@%d" % (self.path, self.start["esp"])

    def _esp_name(self, path):
        return "::" + path.removeprefix("/boot/efi")

    # --- LUKS

    def read_luks_header(self):
        with open(self.path, "rb") as disk:
            disk.seek(self.start["root"])
            return disk.read(HEADER_BYTES)

    def write_luks_header(self, header):
        assert len(header) == HEADER_BYTES
        with open(self.path, "r+b") as disk:
            disk.seek(self.start["root"])
            disk.write(header)

    def write_behind_header(self, data):
        """The encrypted data itself, from its first byte."""
        assert len(data) + HEADER_BYTES <= self.size["root"]
        with open(self.path, "r+b") as disk:
            disk.seek(self.start["root"] + HEADER_BYTES)
            disk.write(data)


def flip_byte(data, at=-1):
    """The same bytes with one changed: by default the last that is not padding."""
    changed = bytearray(data)
    if at < 0:
        at = len(data.rstrip(b"\0")) - 1
    changed[at] ^= 0x01
    return bytes(changed)
