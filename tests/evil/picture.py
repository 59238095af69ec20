#!/usr/bin/env python3
"""picture.py DIR: small pictures, whole and damaged, each for one thing that GRUB's readers do (see evil.py).

tests/grub/status holds what the real GRUB says to each, tests/corpus/grub_picture is what the fuzzer starts from.
"""
import pathlib
import struct
import sys
import zlib

SIDE = 8
ROWS = b"".join(b"\0" + bytes((x * y * 7) % 256 for x in range(SIDE * 3)) for y in range(SIDE))


def chunk(kind, data, crc=True):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) if crc else 0)


def header(bits=8, kind=2, interlace=0, side=SIDE):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, kind, 0, 0, interlace))


def png(*chunks, end=True):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + (chunk(b"IEND", b"") if end else b"")


def data(rows=ROWS, level=9, split=None, strategy=zlib.Z_DEFAULT_STRATEGY):
    packer = zlib.compressobj(level, zlib.DEFLATED, 15, 9, strategy)
    packed = packer.compress(rows) + packer.flush()
    if split is None:
        return chunk(b"IDAT", packed)
    return chunk(b"IDAT", packed[:split]) + chunk(b"IDAT", b"") + chunk(b"IDAT", packed[split:])


def bits(*values):
    """(value, number of bits), lowest bit first, behind zlib's two bytes."""
    out, n = 0, 0
    for value, count in values:
        out |= value << n
        n += count
    return b"\x78\x9c" + out.to_bytes((n + 7) // 8, "little") + b"\0\0\0\0"


def noise(n):
    """More different bytes than a fixed code is good for, the same in every run."""
    out, x = bytearray(), 1
    for _ in range(n):
        x = (x * 1103515245 + 12345) % (1 << 31)
        out.append((x >> 16) % 251 if x & 0x400000 else 7)
    return bytes(out)


def pngs():
    big = b"".join(b"\0" + noise(32 * 3) for _ in range(32))
    whole = png(header(), data())
    yield "empty", b""
    yield "seven", whole[:7]
    yield "signature", whole[:8]
    yield "zeros", bytes(100)
    yield "good", whole
    yield "dynamic", png(header(side=32), data(big, strategy=zlib.Z_HUFFMAN_ONLY))
    yield "dynamic-cut", png(header(side=32), data(big, strategy=zlib.Z_HUFFMAN_ONLY))[:200]
    yield "stored", png(header(), data(level=0))
    yield "fixed", png(header(), data(strategy=zlib.Z_FIXED))
    yield "sixteen", png(header(16), data(b"".join(b"\1" + bytes(SIDE * 6) for _ in range(SIDE))))
    yield "alpha", png(header(8, 6), data(b"".join(b"\2" + bytes(SIDE * 4) for _ in range(SIDE))))
    yield "palette", png(header(8, 3), chunk(b"PLTE", bytes(6)), data(b"".join(b"\4" + bytes(SIDE) for _ in range(SIDE))))
    yield "palette-odd", png(header(8, 3), chunk(b"PLTE", bytes(7)), data(b"\3" + bytes(SIDE)))
    yield "palette-long", png(header(8, 3), chunk(b"PLTE", bytes(800)), data(b"\3" + bytes(SIDE)))
    yield "palette-none", png(header(8, 3), chunk(b"PLTE", b""))
    yield "palette-4", png(header(4, 3), chunk(b"PLTE", bytes(6)), data(b"".join(b"\0" + b"\x77" * 4 for _ in range(SIDE))))
    yield "grey", png(header(8, 0), data(b"".join(b"\0" + bytes(SIDE) for _ in range(SIDE))))
    yield "interlaced", png(header(interlace=1), data())
    yield "no-side", png(header(side=0), data())
    yield "huge-side", png(header(side=20000), data())
    yield "two-headers", png(header(), header(), data())
    yield "no-header", png(data())
    yield "only-header", png(header())
    yield "nothing", png()
    yield "bad-checksums", png(header(), chunk(b"IDAT", data()[8:-4], crc=False))
    yield "cut", whole[:60]
    yield "cut-at-end", whole[:-12]
    yield "no-end", png(header(), data(), end=False)
    yield "text", png(header(), chunk(b"tEXt", b"Comment\0no picture"), data())
    yield "text-cut", png(header(), data(), chunk(b"tEXt", bytes(50)))[:-40]
    yield "split", png(header(), data(split=9))
    yield "split-checksum", png(header(), data(split=-2))
    yield "split-text", png(header(), data(split=9)).replace(b"IDAT", b"IDAT", 1).replace(b"\0\0\0\0IDAT", b"\0\0\0\0tEXt")
    yield "filter-5", png(header(), data(b"\5" + ROWS[1:]))
    yield "too-short", png(header(), data(ROWS[:50]))
    yield "too-long", png(header(), data(ROWS + b"\0"))
    yield "deflate-64", png(header(), chunk(b"IDAT", b"\x79" + data()[9:-4]))
    yield "dictionary", png(header(), chunk(b"IDAT", b"\x78\xbb" + data()[10:-4]))
    yield "block-3", png(header(), chunk(b"IDAT", bits((7, 3))))
    # one block with fixed codes: literal 0, length 3 at distance 4, the end
    yield "far-back", png(header(), chunk(b"IDAT", bits((3, 3), (0x0c, 8), (0x40, 7), (0x18, 5), (0, 7))))
    yield "many-literals", png(header(), chunk(b"IDAT", bits((5, 3), (31, 5), (0, 5), (0, 4), (0, 12))))


def segment(marker, body):
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def frame(marker=0xC0, parts=((1, 0x11, 0),), side=SIDE, depth=8):
    return segment(marker, struct.pack(">BHHB", depth, side, side, len(parts)) + bytes(sum(parts, ())))


def codes(table, *lengths):
    """A code of one bit for each of two values, or none."""
    return segment(0xC4, bytes((table,)) + bytes((len(lengths),)) + bytes(15) + bytes(lengths))


def scan(parts=((1, 0),), coded=b"\x00"):
    return segment(0xDA, bytes((len(parts),)) + bytes(sum(parts, ())) + b"\0\x3f\0") + coded


def jpeg(*parts, end=True):
    return b"\xff\xd8" + b"".join(parts) + (b"\xff\xd9" if end else b"")


QUANT = segment(0xDB, b"\0" + bytes(64))
DC, AC = codes(0x00, 0), codes(0x10, 0)  # bit 0: no difference; no coefficients
THREE = ((1, 0x22, 0), (2, 0x11, 0), (3, 0x11, 0))


def jpegs():
    whole = jpeg(QUANT, frame(), DC, AC, scan())
    yield "good", whole
    yield "three", jpeg(QUANT, frame(parts=THREE, side=16), DC, AC, scan(((1, 0), (2, 0), (3, 0)), b"\0\0"))
    yield "jfif", jpeg(segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"), QUANT, frame(), DC, AC, scan())
    yield "one", whole[:1]
    yield "start", whole[:2]
    yield "zeros", bytes(64)
    yield "cut", whole[:100]
    yield "cut-in-data", jpeg(QUANT, frame(side=64), DC, AC, scan(), end=False)
    yield "no-end", whole[:-2]
    yield "after-end", whole + b"more"
    yield "segment-past-end", jpeg(QUANT, frame(), DC, AC, scan(), b"\xff\xe1\x40\x00", end=False)
    yield "segment-of-0", jpeg(b"\xff\xe1\0\0")
    yield "progressive", jpeg(QUANT, frame(0xC2), DC, AC, scan())
    yield "two-frames", jpeg(frame(), frame())
    yield "two-scans", jpeg(QUANT, frame(), DC, AC, scan(), scan())
    yield "twelve-bits", jpeg(frame(depth=12))
    yield "no-side", jpeg(frame(side=0))
    yield "two-parts", jpeg(frame(parts=THREE[:2]))
    yield "sampling", jpeg(frame(parts=((1, 0x41, 0),)))
    yield "sampling-second", jpeg(frame(parts=((1, 0x11, 0), (2, 0x22, 0), (3, 0x11, 0))))
    yield "part-0", jpeg(frame(parts=((0, 0x11, 0),)))
    yield "no-tables", jpeg(QUANT, frame(), scan())
    yield "bad-code", jpeg(QUANT, frame(), DC, AC, scan(coded=b"\xf0"))
    yield "table-twice", jpeg(DC, DC)
    yield "table-3", jpeg(codes(0x02, 0))
    yield "table-cut", jpeg(DC)[:10]
    yield "table-longer", jpeg(segment(0xC4, b"\0" + bytes(17)))
    yield "quant-3", jpeg(segment(0xDB, b"\3" + bytes(64)))
    yield "quant-longer", jpeg(segment(0xDB, b"\0" + bytes(65)))
    yield "restart", jpeg(QUANT, frame(side=16), DC, AC, segment(0xDD, b"\0\2"), scan(), b"\xff\xd0\x00")
    yield "restart-early", jpeg(b"\xff\xd0")
    yield "restart-longer", jpeg(segment(0xDD, b"\0\0\2"))
    yield "scan-tables", jpeg(QUANT, frame(), DC, AC, scan(((1, 0x44),)))
    yield "scan-two-parts", jpeg(frame(), scan(((1, 0), (2, 0))))
    yield "ff-in-data", jpeg(QUANT, frame(), codes(0, 8), AC, scan(coded=b"\x7f\xff\x01"))
    yield "ff-stuffed", jpeg(QUANT, frame(), codes(0, 8), AC, scan(coded=b"\x7f\xff\x00"))
    yield "coefficients", jpeg(QUANT, frame(), DC, codes(0x10, 0xF0), scan(coded=b"\0"))


if __name__ == "__main__":
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for ending, pictures in (("png", pngs()), ("jpg", jpegs())):
        for name, content in pictures:
            (out / f"{name}.{ending}").write_bytes(content)
