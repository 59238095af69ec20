#!/usr/bin/python3 -B
"""make.py DIR: writes the event logs whose names begin with "made-", as DIR/NAME.bin.

They show what the recorded boots do not have: other boot loaders, banks and firmware. Each is a log that a machine
could have written (TCG PC Client Platform Firmware Profile, section 10). A digest is that of the event's data where
the profile says so, and of a made-up file or image elsewhere.
"""
import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "evil"))

from eventlog import SHA1, SHA256, digests, old, spec_id  # noqa: E402

NO_ACTION, SEPARATOR, POST_CODE, TAG, CRTM_VERSION, IPL = 0x3, 0x4, 0x1, 0x6, 0x8, 0xD
DRIVER_CONFIG, BOOT, APPLICATION, DRIVER = 0x80000001, 0x80000002, 0x80000003, 0x80000004
GPT, ACTION, FIRMWARE_BLOB, AUTHORITY = 0x80000006, 0x80000007, 0x80000008, 0x800000E0

GLOBAL = bytes.fromhex("61dfe48bca93d211aa0d00e098032b8c")
SECURITY = bytes.fromhex("cbb219d73a3d9645a3bcdad00e67656f")
SHIM = bytes.fromhex("50ab5d6046e00043abb63dd810dd8b23")
ESP = bytes(range(16))
DISK = bytes(range(16, 32))


class Log:
    """banks: none for the format of TPM 1.2, which has SHA-1 and no list of banks"""

    def __init__(self, *banks):
        self.banks = banks
        sizes = {SHA1: 20, SHA256: 32}
        self.bytes = old(0, NO_ACTION, spec_id([(b, sizes[b]) for b in banks])) if banks else b""

    def add(self, pcr, kind, data, hashed=None):
        hashed = data if hashed is None else hashed
        if self.banks:
            self.bytes += struct.pack("<III", pcr, kind, len(self.banks)) + digests(self.banks, hashed)
        else:
            self.bytes += struct.pack("<II", pcr, kind) + digests([SHA1], hashed)[2:]
        self.bytes += struct.pack("<I", len(data)) + data

    def variable(self, kind, guid, name, value, pcr=7):
        wide = name.encode("utf-16-le")
        data = guid + struct.pack("<QQ", len(name), len(value)) + wide + value
        # EV_EFI_VARIABLE_BOOT measures the variable's data only
        self.add(pcr, kind, data, value if kind == BOOT else data)

    def keys(self, secure):
        """PCR 7 up to its separator; without Secure Boot every variable is empty, as OVMF logs it"""
        self.variable(DRIVER_CONFIG, GLOBAL, "SecureBoot", b"\1" if secure else b"")
        for guid, name in (GLOBAL, "PK"), (GLOBAL, "KEK"), (SECURITY, "db"), (SECURITY, "dbx"):
            self.variable(DRIVER_CONFIG, guid, name, signature_list(name) if secure else b"")
        self.add(7, SEPARATOR, bytes(4))

    def separators(self):
        for pcr in range(7):
            self.add(pcr, SEPARATOR, bytes(4))

    def options(self, *names):
        self.variable(BOOT, GLOBAL, "BootOrder", struct.pack("<%dH" % len(names), *range(len(names))), 1)
        for number, name in enumerate(names):
            option = struct.pack("<IH", 1, 4) + text(name) + node(0x7F, 0xFF)
            self.variable(BOOT, GLOBAL, "Boot%04X" % number, option, 1)

    def image(self, path, name, pcr=4, kind=APPLICATION):
        self.add(pcr, kind, struct.pack("<QQQQ", 0x7F000000, 0x10000, 0, len(path)) + path, name.encode())

    def gpt(self, partitions):
        header = b"EFI PART" + struct.pack("<IIIIQQQQ", 0x10000, 92, 0, 0, 1, 0xFFFFF, 34, 0xFFFDE) + DISK
        header += struct.pack("<QIII", 2, 128, 128, 0)
        self.add(5, GPT, header + struct.pack("<Q", partitions) + bytes(128) * partitions)

    def exits(self):
        self.add(5, ACTION, b"Exit Boot Services Invocation")
        self.add(5, ACTION, b"Exit Boot Services Returned with Success")


def text(words):
    return words.encode("utf-16-le") + b"\0\0"


def node(kind, subtype, data=b""):
    return struct.pack("<BBH", kind, subtype, 4 + len(data)) + data


def file_path(path):
    return node(4, 4, text(path)) + node(0x7F, 0xFF)


def on_esp(path):
    """UEFI 10.3.5.1: partition 1 of a GPT, by its GUID"""
    return node(4, 1, struct.pack("<IQQ", 1, 2048, 0x80000) + ESP + b"\2\2") + file_path(path)


def signature_list(name):
    """UEFI 32.4.1: one SHA-256 hash"""
    sha256 = bytes.fromhex("2616c4c14c509240aca941f936934328")
    return sha256 + struct.pack("<III", 16 + 12 + 48, 0, 48) + DISK + name.encode().ljust(32, b"\0")


def sd_boot():
    """OVMF without Secure Boot, one SHA-256 bank; systemd-boot measures its command line in UTF-16, the kernel its initrd"""
    log = Log(SHA256)
    log.add(0, CRTM_VERSION, b"\0\0")
    log.add(0, FIRMWARE_BLOB, struct.pack("<QQ", 0x820000, 0xE0000), b"firmware")
    log.keys(False)
    log.options("Linux Boot Manager", "UiApp")
    log.add(4, ACTION, b"Calling EFI Application from Boot Option")
    log.separators()
    line = text(" root=LABEL=made console=ttyS0 ")
    log.image(on_esp("\\EFI\\systemd\\systemd-bootx64.efi"), "systemd-boot")
    log.add(12, IPL, line)
    log.add(12, IPL, line)
    log.image(b"", "kernel")
    log.add(9, TAG, struct.pack("<II", 0x8F3B22ED, 13) + b"Linux initrd\0", b"initrd")
    log.exits()
    return log


def cmdline_pcr8():
    """systemd-boot before it used PCR 12: the command line in PCR 8; two banks, a POST code, empty SecureBoot with keys"""
    log = Log(SHA1, SHA256)
    log.add(0, CRTM_VERSION, ESP)
    log.add(0, POST_CODE, struct.pack("<QQ", 0xFFA90000, 0x350000), b"post code")
    log.variable(DRIVER_CONFIG, GLOBAL, "SecureBoot", b"")
    for guid, name in (GLOBAL, "PK"), (GLOBAL, "KEK"), (SECURITY, "db"), (SECURITY, "dbx"):
        log.variable(DRIVER_CONFIG, guid, name, signature_list(name))
    log.add(7, SEPARATOR, bytes(4))
    log.image(node(2, 1, struct.pack("<II", 0x0A0341D0, 0)) + node(0x7F, 0xFF), "graphics", 2, DRIVER)
    log.separators()
    log.gpt(3)
    log.options("Linux Boot Manager", "UEFI OS")
    log.image(on_esp("\\EFI\\SYSTEMD\\SYSTEMD-BOOTX64.EFI"), "systemd-boot")
    log.image(on_esp("\\vmlinuz-linux"), "kernel")
    log.add(8, IPL, text("initrd=\\initramfs-linux.img root=LABEL=made rw"))
    return log


def mok_list_trusted():
    """shim's MokListTrusted, which it measures into PCR 7 and PCR 14; GRUB with blscfg; an option ROM"""
    log = Log(SHA256)
    log.add(0, CRTM_VERSION, b"\0\0")
    log.add(0, FIRMWARE_BLOB, struct.pack("<QQ", 0x820000, 0xE0000), b"firmware")
    log.keys(True)
    log.image(node(2, 1, struct.pack("<II", 0x0A0341D0, 0)) + node(0x7F, 0xFF), "network card", 2, DRIVER)
    log.options("Enterprise Linux", "UiApp")
    log.add(4, ACTION, b"Calling EFI Application from Boot Option")
    log.separators()
    log.variable(AUTHORITY, SECURITY, "db", DISK + b"certificate of shim")
    log.gpt(4)
    log.image(on_esp("\\EFI\\made\\shimx64.efi"), "shim")
    for name in "MokList", "MokListX":
        log.add(14, IPL, name.encode() + b"\0", signature_list(name))
    log.variable(AUTHORITY, SHIM, "SbatLevel", b"sbat,1,2021030218\n")
    log.variable(AUTHORITY, SHIM, "MokListTrusted", b"\1")
    log.add(14, IPL, b"MokListTrusted\0", b"\1")
    log.variable(AUTHORITY, SHIM, "Shim", b"certificate of GRUB")
    log.image(file_path("\\EFI\\made\\grubx64.efi"), "GRUB")
    for command in "set prefix=(hd0,gpt2)/grub2", "blscfg", "linux (hd0,gpt2)/vmlinuz-5.14.0 root=LABEL=made ro":
        log.add(8, IPL, b"grub_cmd: " + command.encode() + b"\0", command.encode())
    log.add(9, IPL, b"(hd0,gpt2)/vmlinuz-5.14.0\0", b"kernel")
    log.image(b"", "kernel")
    log.image(b"", "kernel")
    log.exits()
    return log


def network_boot():
    """A server's firmware: POST code, the same driver of four network ports, sixteen boot options; shim and GRUB by TFTP"""
    log = Log(SHA1, SHA256)
    log.add(0, CRTM_VERSION, ESP)
    log.add(0, POST_CODE, struct.pack("<QQ", 0xFF130000, 0xA7F000), b"post code")
    log.keys(True)
    for _ in range(4):
        log.image(node(2, 1, struct.pack("<II", 0x0A0341D0, 0)) + node(0x7F, 0xFF), "network card", 2, DRIVER)
    log.separators()
    log.options(*["UEFI: PXE IP%d port %d" % (4 + 2 * (n // 8), n % 8) for n in range(16)])
    log.variable(AUTHORITY, SECURITY, "db", DISK + b"certificate of shim")
    log.image(node(3, 11, bytes(32) + b"\1") + node(3, 12, bytes(23)) + node(0x7F, 0xFF), "shim")
    log.image(b"", "GRUB")
    log.variable(AUTHORITY, SHIM, "Shim", b"certificate of GRUB")
    for command in "source (tftp,192.0.2.1)/grub/x86_64-efi/grub.cfg", "linux /vmlinuz quiet":
        log.add(8, IPL, b"grub_cmd: " + command.encode() + b"\0", command.encode())
    log.add(9, IPL, b"(tftp,192.0.2.1)/grub/x86_64-efi/grub.cfg\0", b"grub.cfg")
    log.image(b"", "kernel")
    log.add(8, IPL, b"kernel_cmdline: /vmlinuz quiet\0", b"/vmlinuz quiet")
    return log


def sha1():
    """The format of TPM 1.2: no list of banks, SHA-1 only"""
    log = Log()
    log.add(0, CRTM_VERSION, ESP)
    log.keys(False)
    log.separators()
    log.gpt(2)
    log.image(on_esp("\\EFI\\BOOT\\BOOTX64.EFI"), "shim")
    log.image(b"", "kernel")
    return log


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for make in sd_boot, cmdline_pcr8, mok_list_trusted, network_boot, sha1:
        with open(os.path.join(sys.argv[1], "made-%s.bin" % make.__name__.replace("_", "-")), "wb") as file:
            file.write(make().bytes)


main()
