"""The recorded configurations: what a case holds, and how an event log becomes its expectation."""
import hashlib
import struct

import packages

EV_IPL = 0x0d
EV_APPLICATION = 0x80000003
SHA256 = 0x000b
# modules that a case loads without Secure Boot: what they need in turn is read from them
KEPT_MODULES = ("hello", "time", "eval", "legacycfg", "password", "bli")
DIGEST_LEN = {0x0004: 20, 0x000b: 32, 0x000c: 48, 0x000d: 64}


class Case:
    def __init__(self, path):
        self.path = path
        self.name = path.name
        self.settings = {}
        file = path / "machine"
        for line in file.read_text().splitlines() if file.exists() else []:
            word, _, rest = line.partition(" ")
            self.settings.setdefault(word, []).append(rest)

    def expected(self, version):
        return self.path / f"expected.{version}"

    def wants(self, version):
        return version in self.settings.get("only", [version])

    def setting(self, word):
        return self.settings.get(word, [None])[0]


def find(root, names):
    """Cases with a machine of their own were captured elsewhere: they have no rig to be asked again."""
    paths = [root / name for name in names] or [path for path in sorted(root.iterdir())
                                                if path.name != "common"]
    missing = [path.name for path in paths if not (path / "boot").is_dir()]
    if missing:
        raise SystemExit(f"no such case: {', '.join(missing)}")
    found = [Case(path) for path in paths]
    return [case for case in found if "captured" not in case.settings]


def write_common(common, suite, initrd):
    """What every case finds on its /boot without keeping it: the module lists whole, the rest by size and
    digest."""
    tree = common / suite.version / "boot/grub/x86_64-efi"
    tree.mkdir(parents=True, exist_ok=True)
    lines = []
    for name in ("command", "fs", "crypto", "terminal"):
        (tree / f"{name}.lst").write_bytes((suite.modules / f"{name}.lst").read_bytes())
    files = {f"boot /grub/x86_64-efi/{m.name}": m for m in sorted(suite.modules.glob("*.mod"))}
    for name in KEPT_MODULES:
        module = suite.modules / f"{name}.mod"
        if module.exists():
            (tree / module.name).write_bytes(module.read_bytes())
    files["boot /vmlinuz"] = suite.kernel
    files["boot /initrd"] = initrd
    files["esp /EFI/BOOT/BOOTX64.EFI"] = suite.shim
    for name, path in files.items():
        data = path.read_bytes()
        lines.append(f"{name} {len(data)} {hashlib.sha256(data).hexdigest()}\n")
    (common / suite.version / "stubs").write_text("".join(lines))


def events(log):
    """(PCR, type, SHA-256, data) of a crypto-agile log (TCG PC Client Platform Firmware Profile, section
    10)."""
    at = 32 + struct.unpack_from("<I", log, 28)[0]
    while at < len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at += 12
        digest = None
        for _ in range(count):
            alg = struct.unpack_from("<H", log, at)[0]
            length = DIGEST_LEN[alg]
            if alg == SHA256:
                digest = log[at + 2:at + 2 + length]
            at += 2 + length
        size = struct.unpack_from("<I", log, at)[0]
        yield pcr, kind, digest, log[at + 4:at + 4 + size]
        at += 4 + size


def escaped(text):
    names = {ord("\n"): "\\n", ord("\\"): "\\\\"}
    return "".join(names.get(b) or (chr(b) if 0x20 <= b < 0x7f else f"\\x{b:02x}") for b in text)


def expectation(log, suite):
    images = {packages.authenticode(path) for path in (suite.kernel, suite.shim)}
    grub = packages.authenticode(suite.grub)
    lines = []
    started = False
    for pcr, kind, digest, data in events(log):
        text = data[:-1] if data.endswith(b"\0") else data
        if pcr == 4 and kind == EV_APPLICATION:
            if started:
                lines.append("4 image" if digest.hex() in images else f"4 {digest.hex()}")
            started = started or digest.hex() == grub
        elif pcr == 8 and kind == EV_IPL:
            known = hashlib.sha256(text.partition(b": ")[2]).digest() == digest
            lines.append(f"8 {'' if known else digest.hex() + ' '}{escaped(text)}")
        elif pcr == 9 and kind == EV_IPL:
            lines.append(f"9 {digest.hex()} {escaped(text)}")
    return "".join(line + "\n" for line in lines)
