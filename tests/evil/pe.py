#!/usr/bin/env python3
"""Makes small PE images: shims with any .vendor_cert and .sbatlevel for the corpus, and images whose sizes lie.

pe.py corpus CERT DIR   images that pass for shim, as DIR/NAME (CERT: a DER certificate)
pe.py DIR               images that each lie in one number (see evil.py)

The formats: Microsoft's "PE Format"; shim's cert.S and sbat_var.S.
"""
import struct
import sys

import evil

PE_AT = 0x80
OPTIONAL_LEN = 112 + 16 * 8
SHA256 = bytes.fromhex("2616c4c14c509240aca941f936934328")
X509 = bytes.fromhex("a159c0a5e494a74a87b5ab155c2bf072")
SBAT = b"sbat,1,SBAT Version,sbat,1,https\nshim,4,UEFI shim,shim,1,https\n"
LEVEL_1 = b"sbat,1,2022052400\ngrub,2\n"
LEVEL_2 = b"sbat,1,2023012900\nshim,2\ngrub,3\n"


def build(sections):
    """The headers as linkers make them, every section at its place."""
    headers = (PE_AT + 24 + OPTIONAL_LEN + 40 * len(sections) + 511) // 512 * 512
    head, body, strings = bytearray(headers), b"", b""
    head[0:2] = b"MZ"
    struct.pack_into("<I", head, 0x3C, PE_AT)
    head[PE_AT : PE_AT + 4] = b"PE\0\0"
    optional = PE_AT + 24
    struct.pack_into("<H", head, optional, 0x20B)
    struct.pack_into("<I", head, optional + 60, headers)
    struct.pack_into("<I", head, optional + 108, 16)
    for i, (name, data) in enumerate(sections):
        padded = data.ljust((len(data) + 511) // 512 * 512, b"\0")
        short = name.encode()
        if len(short) > 8:  # in the string table behind all sections
            short = f"/{4 + len(strings)}".encode()
            strings += name.encode() + b"\0"
        struct.pack_into("<8sIIII", head, optional + OPTIONAL_LEN + 40 * i, short, len(data), 0x1000 * (i + 1), len(padded), headers + len(body))
        body += padded
    symbols = headers + len(body) if strings else 0
    struct.pack_into("<HHIIIHH", head, PE_AT + 4, 0x8664, len(sections), 0, symbols, 0, OPTIONAL_LEN, 0x22E)
    return bytearray(head) + body + (struct.pack("<I", 4 + len(strings)) + strings if strings else b"")


def signature_list(kind, data):
    return kind + struct.pack("<III", 28 + 16 + len(data), 0, 16 + len(data)) + b"\x11" * 16 + data


def vendor_cert(authorized, deauthorized):
    return struct.pack("<IIII", len(authorized), len(deauthorized), 16, 16 + len(authorized)) + authorized + deauthorized


def sbat_level(previous, latest, version=0):
    previous += b"\0"
    return struct.pack("<III", version, 8, 8 + len(previous)) + previous + latest + b"\0"


def shim(vendor, level):
    sections = [(".sbat", SBAT), (".vendor_cert", vendor)]
    return build(sections + ([(".sbatlevel", level)] if level else []))


def corpus(cert):
    keys = vendor_cert(cert, signature_list(SHA256, b"\x22" * 32))
    lists = vendor_cert(signature_list(X509, cert), LEVEL_2)
    # the fuzzer derives the variables that are there from the image's size: one image each, padded to size mod 32
    for i in (0, 1, 4, 5, 8, 9, 13, 24, 25):
        yield f"level-{i}", shim(keys, sbat_level(LEVEL_1, LEVEL_2)), i
    for i in (2, 3, 7):
        yield f"lists-{i}", shim(lists, sbat_level(b"sbat,2,2022052400\n", LEVEL_1)), i
    for i in (1, 9):
        yield f"no-level-{i}", shim(vendor_cert(b"", b""), None), i
    yield "level-version", shim(keys, sbat_level(LEVEL_1, LEVEL_2, 7)), 0
    yield "level-cut", shim(keys, b"\0\0"), 0
    yield "level-unended", shim(keys, struct.pack("<III", 0, 8, 8) + b"x" * 500), 0


WHOLE = [(".text", b"code"), (".data", b"data"), (".sbat", b"sbat,1\n")]


def changed(at, form, value):
    image = build(WHOLE)
    struct.pack_into(form, image, at, value)
    return image


def cases():
    optional = PE_AT + 24
    table = optional + OPTIONAL_LEN
    whole = build(WHOLE)
    section_0 = struct.unpack_from("<I", whole, table + 20)[0]
    no_end = "PE image: the certificate table is not the end of the file"
    yield "empty", b"", "PE image: "
    yield "lfanew-4g", changed(0x3C, "<I", 0xFFFFFFFC), "PE image: no PE signature"
    yield "lfanew-end", changed(0x3C, "<I", len(whole) - 3), "PE image: no PE signature"
    yield "sections-0", changed(PE_AT + 6, "<H", 0), "PE image: no sections or too many"
    yield "sections-65535", changed(PE_AT + 6, "<H", 65535), "PE image: no sections or too many"
    yield "optional-0", changed(PE_AT + 20, "<H", 0), "PE image: unknown kind of optional header"
    yield "optional-65535", changed(PE_AT + 20, "<H", 65535), "PE image: the optional header ends past the file"
    yield "magic", changed(optional, "<H", 0x107), "PE image: unknown kind of optional header"
    yield "headers-4g", changed(optional + 60, "<I", 0xFFFFFFFF), "PE image: the size of the headers is wrong"
    yield "headers-0", changed(optional + 60, "<I", 0), "PE image: the size of the headers is wrong"
    yield "directories-4g", changed(optional + 108, "<I", 0xFFFFFFFF), "PE image: too many data directories"
    yield "raw-size-4g", changed(table + 16, "<I", 0xFFFFFFFF), "PE image: section 0 ends past the file"
    yield "raw-at-4g", changed(table + 20, "<I", 0xFFFFFFFF), "PE image: section 0 ends past the file"
    yield "raw-at-headers", changed(table + 20, "<I", 0), "PE image: section 0 overlaps the headers"
    yield "overlap", changed(table + 40 + 20, "<I", section_0), "PE image: two sections overlap"
    yield "certificates-past-end", certificates(len(whole) - 8, 64), no_end
    yield "certificates-4g", certificates(8, 0xFFFFFFF8), no_end
    yield "certificates-inside", certificates(len(whole) - 16, 8), no_end
    for size in (0, 7, 9, 0xFFFFFFFF):
        yield f"certificate-of-{size}", certificates(len(whole), 8, struct.pack("<IHH", size, 0x200, 2)), "PE image: "
    yield "cut-in-headers", whole[: table + 20], "PE image: the section table ends past the file"
    yield "cut-in-section", whole[:-600], "PE image: section 1 ends past the file"


def certificates(at, size, tail=b""):
    image = build(WHOLE)
    struct.pack_into("<II", image, PE_AT + 24 + 112 + 4 * 8, at, size)
    return image + tail


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "corpus":
        with open(sys.argv[2], "rb") as f:
            cert = f.read()
        for name, image, remainder in corpus(cert):
            evil.write(sys.argv[3], name, image + b"\0" * ((remainder - len(image)) % 32))
    else:
        evil.main(__doc__, cases)


main()
