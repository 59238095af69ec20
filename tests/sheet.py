#!/usr/bin/python3 -B
"""sheet.py FILE: reads the sheet of `bootseal recovery-key --sheet` as a printer and a telephone would.

The file's table of objects and the length of its content have to be right. Prints the recovery key, which the text and
the QR code both have to hold, then the other texts. A second argument is a key that has to be it.
"""
import re
import sys

# ISO/IEC 18004, tables 7 and 9, level M: version: (data codewords of each block)
BLOCKS = {3: [44], 4: [32, 32], 5: [43, 43]}
ALIGNMENT = {3: 22, 4: 26, 5: 30}
CHECK = {3: 26, 4: 18, 5: 24}
GROUP = re.compile(r"[0-9]{6}")


def objects(data):
    """The bodies, at the places that the table at the end has"""
    start = int(re.search(rb"startxref\n([0-9]+)\n%%EOF\n$", data).group(1))
    head, *rows = data[start:].split(b"trailer")[0].split(b"\n")[:-1]
    if head != b"xref" or rows[0] != b"0 %d" % (len(rows) - 1) or any(len(row) != 19 for row in rows[1:]):
        sys.exit("the table of objects: %r" % rows)
    found = {}
    for number, row in enumerate(rows[1:]):
        if number > 0:
            at = int(row[:10])
            begin = b"%d 0 obj\n" % number
            if not data[at:].startswith(begin):
                sys.exit("object %d is not at %d" % (number, at))
            found[number] = data[at + len(begin):data.index(b"\nendobj\n", at)]
    return found


def content(data):
    body = objects(data)[4]
    head, stream = body.split(b"\nstream\n", 1)
    stream = stream[:-len(b"\nendstream")]
    if int(re.search(rb"/Length ([0-9]+)", head).group(1)) != len(stream):
        sys.exit("the content has %d bytes, not %s" % (len(stream), head))
    return stream.decode("ascii")


def texts(page):
    """(font, text) in order"""
    return [(font, re.sub(r"\\(.)", r"\1", text)) for font, text in
            re.findall(r"BT /(F[0-9]) [0-9]+ Tf [0-9]+ [0-9]+ Td \(((?:[^()\\]|\\.)*)\) Tj ET", page)]


def modules(page):
    """The dark squares, (column, row)"""
    rectangles = [tuple(map(int, r)) for r in re.findall(r"^([0-9]+) ([0-9]+) ([0-9]+) ([0-9]+) re$", page, re.M)]
    size = min(r[3] for r in rectangles)
    left, top = min(r[0] for r in rectangles), max(r[1] for r in rectangles)
    return {((x - left) // size + i, (top - y) // size) for x, y, w, _ in rectangles for i in range(w // size)}


def function_modules(version, width):
    """All that holds no data: finders with their edges and the format, timing, alignment"""
    fixed = {(x, y) for x in range(width) for y in range(width)
             if (x < 9 and y < 9) or (x >= width - 8 and y < 9) or (x < 9 and y >= width - 8) or x == 6 or y == 6}
    a = ALIGNMENT[version]
    return fixed | {(x, y) for x in range(a - 2, a + 3) for y in range(a - 2, a + 3)}


MASKS = [lambda x, y: (x + y) % 2, lambda x, y: y % 2, lambda x, y: x % 3, lambda x, y: (x + y) % 3,
         lambda x, y: (y // 2 + x // 3) % 2, lambda x, y: x * y % 2 + x * y % 3,
         lambda x, y: (x * y % 2 + x * y % 3) % 2, lambda x, y: ((x + y) % 2 + x * y % 3) % 2]


def codewords(dark, version, width):
    form = 0
    for x in (0, 1, 2, 3, 4):
        form = form << 1 | ((x, 8) in dark)
    form ^= 0b10101
    if form >> 3 != 0:
        sys.exit("the QR code is not of level M")
    mask, fixed, bits = MASKS[form & 7], function_modules(version, width), []
    columns = [x for x in range(width - 1, -1, -1) if x != 6]
    for i in range(0, len(columns), 2):
        rows = range(width) if i // 2 % 2 else range(width - 1, -1, -1)
        for y in rows:
            for x in columns[i:i + 2]:
                if (x, y) not in fixed:
                    bits.append(int((x, y) in dark) ^ (mask(x, y) == 0))
    return [int("".join(map(str, bits[i:i + 8])), 2) for i in range(0, len(bits) - 7, 8)]


def qr(dark):
    """The text of a code without damage; byte mode only"""
    width = max(x for x, _ in dark) + 1
    version = (width - 17) // 4
    words, blocks = codewords(dark, version, width), BLOCKS[version]
    data = [[] for _ in blocks]
    at = 0
    for i in range(max(blocks)):
        for block, n in zip(data, blocks):
            if i < n:
                block.append(words[at])
                at += 1
    bits = "".join(format(b, "08b") for block in data for b in block)
    if bits[:4] != "0100":
        sys.exit("the QR code is not of bytes: %s" % bits[:4])
    n = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * i:20 + 8 * i], 2) for i in range(n)).decode("ascii")


def main():
    page = content(open(sys.argv[1], "rb").read())
    groups = [text for font, text in texts(page) if GROUP.fullmatch(text)]
    key = " ".join(groups)
    if len(groups) != 8:
        sys.exit("%d groups of six digits" % len(groups))
    if page.count(" l S\n") != key.count("0"):
        sys.exit("%d strokes through %d zeros" % (page.count(" l S\n"), key.count("0")))
    if not re.search(r" re$", page.split(" re S", 1)[1], re.M):
        sys.exit("there is no QR code")
    if qr(modules(page)) != key:
        sys.exit("the QR code holds: %s" % qr(modules(page)))
    if len(sys.argv) > 2 and key != sys.argv[2]:
        sys.exit("it is another key")
    print(key)
    print("\n".join(text for _, text in texts(page) if text not in groups))


main()
