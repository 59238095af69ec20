#!/usr/bin/python3
"""Makes the files of this folder again (not needed to run the tests).

    make.py real NAME SHIM GRUB KERNEL   what the Secure Boot tests need of Debian's signed images
    make.py tiny                         small PE images and signed copies; needs openssl and sbsigntool
"""
import os
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
HEADERS = 0x200


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(data)


def section(data, name):
    """The section's bytes; name as in the COFF string table when it is long."""
    pe = struct.unpack_from("<I", data, 0x3C)[0]
    count = struct.unpack_from("<H", data, pe + 6)[0]
    symbols, n_symbols = struct.unpack_from("<II", data, pe + 12)
    at = pe + 24 + struct.unpack_from("<H", data, pe + 20)[0]
    strings = symbols + 18 * n_symbols
    for i in range(count):
        head = data[at + 40 * i:at + 40 * i + 40]
        this = head[:8].rstrip(b"\0")
        if this.startswith(b"/"):
            start = strings + int(this[1:])
            this = data[start:data.index(b"\0", start)]
        if this.decode() == name:
            size, _, raw_size, raw = struct.unpack_from("<IIII", head, 8)
            return data[raw:raw + min(size, raw_size)]
    raise SystemExit("no section " + name)


def certs(data):
    pe = struct.unpack_from("<I", data, 0x3C)[0]
    at, size = struct.unpack_from("<II", data, pe + 24 + 112 + 32)
    return data[at:at + size]


def real(name, shim, grub, kernel):
    for part, path in (("shim", shim), ("grub", grub), ("kernel", kernel)):
        data = open(path, "rb").read()
        write(f"{name}-{part}.certs", certs(data))
        if part == "shim":
            write(f"{name}-shim.vendor_cert", section(data, ".vendor_cert"))
            write(f"{name}-shim.sbatlevel", section(data, ".sbatlevel"))


def image(sections, tail=b""):
    """A PE32+ image: [(name, file offset, data)] in header order, then what follows the last section."""
    pe = 0x40
    optional = struct.pack("<HBBIIIIIQIIHHHHHHIIIIHHQQQQII", 0x20B, 0, 0, 0, 0, 0, 0x1000, 0x1000, 0, 0x1000, 0x200,
                           0, 0, 0, 0, 0, 0, 0, 0x1000 * (len(sections) + 1), HEADERS, 0, 10, 0, 0, 0, 0, 0, 0, 16)
    optional += bytes(8 * 16)
    head = b"MZ" + bytes(0x3A) + struct.pack("<I", pe)
    head += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, len(optional), 0x206)
    head += optional
    for i, (name, at, data) in enumerate(sections):
        head += name.ljust(8, b"\0") + struct.pack("<IIIIIIHHI", len(data), 0x1000 * (i + 1), len(data), at,
                                                   0, 0, 0, 0, 0x60000020)
    out = bytearray(head.ljust(HEADERS, b"\0"))
    for _, at, data in sorted(sections, key=lambda s: s[1]):
        out = out.ljust(at, b"\0") + data
    return bytes(out) + tail


def run(*args):
    subprocess.run(args, check=True, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def tiny():
    # header order is not file order; sizes are multiples of the file alignment
    plain = image([(b".text", 0x400, b"T" * 0x200), (b".data", 0x200, b"D" * 0x200),
                   (b".sbat", 0x600, b"sbat,1\n".ljust(0x200, b"\0"))])
    write("tiny.efi", plain)
    write("tiny-tail.efi", plain + b"after the sections, not a multiple of 8 bytes")
    # "other" and "third" have the same size, so that they fit into one signature list
    for serial, (who, parent) in enumerate((("ca", None), ("leaf", "ca"), ("other", None), ("third", None),
                                            ("module", None)), 1):
        run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{who}.key", "-out", f"{who}.csr",
            "-subj", f"/CN=bootseal test {who}")
        sign = ["-CA", "ca.pem", "-CAkey", "ca.key"] if parent else ["-key", f"{who}.key"]
        with open(os.path.join(HERE, "ext"), "w") as f:
            f.write("basicConstraints=CA:%s\n" % ("FALSE" if parent else "TRUE"))
            if who == "module":
                f.write("extendedKeyUsage=codeSigning,1.3.6.1.4.1.2312.16.1.2\n")
        # valid for one day only: the firmware has no clock that it trusts, and neither may we look at ours
        run("openssl", "x509", "-req", "-in", f"{who}.csr", "-days", "1", "-extfile", "ext", "-out", f"{who}.pem",
            "-set_serial", str(serial), *sign)
        run("openssl", "x509", "-in", f"{who}.pem", "-outform", "DER", "-out", f"tiny-{who}.der")
    run("sbsign", "--key", "leaf.key", "--cert", "leaf.pem", "--addcert", "ca.pem", "--output", "tiny-leaf.efi", "tiny.efi")
    run("sbsign", "--key", "other.key", "--cert", "other.pem", "--output", "tiny-twice.efi", "tiny-leaf.efi")
    run("sbsign", "--key", "other.key", "--cert", "other.pem", "--output", "tiny-tail-signed.efi", "tiny-tail.efi")
    run("sbsign", "--key", "module.key", "--cert", "module.pem", "--output", "tiny-module.efi", "tiny.efi")
    for name in os.listdir(HERE):
        if name.endswith((".key", ".csr", ".pem", ".srl")) or name == "ext":
            os.unlink(os.path.join(HERE, name))


if sys.argv[1] == "real":
    real(*sys.argv[2:])
else:
    tiny()
