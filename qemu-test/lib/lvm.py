"""A disk with a volume group of somebody's own, made without LVM: this host's kernel has no device-mapper.

As lvm2 reads it (lib/label/label.h, lib/format_text/layout.h): the label in sector 1 names the areas of data and of
metadata, and the latter begins with a header that says where the group's text is."""
import re
import secrets
import string
import struct
import zlib

SECTOR = 512
EXTENT = 4 << 20
AREA, AREA_LEN = 4096, 1020 << 10  # the metadata area ends where the data begin
DATA = 1 << 20
_ALPHABET = string.ascii_letters + string.digits


def new_id():
    """As LVM prints one: 32 characters in seven groups."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(count)) for count in (6, 4, 4, 4, 4, 4, 6))


def _sum(data):
    """CRC-32 from LVM's own initial value, and not inverted in the end."""
    return zlib.crc32(data, 0xf597a6cf ^ 0xffffffff) ^ 0xffffffff


def _areas(*areas):
    """A list of places on the disk, which ends with zeros."""
    return b"".join(struct.pack("<QQ", start, length) for start, length in (*areas, (0, 0)))


def _label(pv_id, disk_len):
    text = pv_id.replace("-", "").encode() + struct.pack("<Q", disk_len)
    # data up to the end of the disk; then the extension: version 2, "used", no area for a boot loader
    text += _areas((DATA, 0)) + _areas((AREA, AREA_LEN)) + struct.pack("<II", 2, 1) + _areas()
    summed = (struct.pack("<I8s", 32, b"LVM2 001") + text).ljust(SECTOR - 20, b"\0")
    return struct.pack("<8sQI", b"LABELONE", 1, _sum(summed)) + summed


def _metadata(text):
    text += b"\0"
    place = struct.pack("<QQII", SECTOR, len(text), _sum(text), 0)
    summed = struct.pack("<16sIQQ", b" LVM2 x[5A%r0N*>", 1, AREA, AREA_LEN) + place
    summed = summed.ljust(SECTOR - 4, b"\0")
    return struct.pack("<I", _sum(summed)) + summed + text


def _volume(name, lv_id, start, count):
    return """%s {
id = "%s"
status = ["READ", "WRITE", "VISIBLE"]
segment_count = 1
segment1 {
start_extent = 0
extent_count = %d
type = "striped"
stripe_count = 1
stripes = ["pv0", %d]
}
}
""" % (name, lv_id, count, start)


def _physical(name, pv_id, extents):
    return """%s {
id = "%s"
device = "/dev/vdb"
status = ["ALLOCATABLE"]
flags = []
dev_size = %d
pe_start = %d
pe_count = %d
}
""" % (name, pv_id, (DATA + extents * EXTENT) // SECTOR, DATA // SECTOR, extents)


def _group(name, ids, extents, volumes):
    return """%s {
id = "%s"
seqno = 1
format = "lvm2"
status = ["RESIZEABLE", "READ", "WRITE"]
flags = []
extent_size = %d
max_lv = 0
max_pv = 0
metadata_copies = 0
physical_volumes {
%s}
logical_volumes {
%s}
}
contents = "Text Format Volume Group"
version = 1
description = ""
creation_host = "vm"
creation_time = 1700000000
""" % (name, ids["vg"], EXTENT // SECTOR, _physical("pv0", ids["pv"], extents), "".join(volumes))


def disk(path, name, contents, ids=()):
    """Makes the file `path` a disk with the group `name`, whose volumes hold `contents` ({"root": bytes}). `ids` may have
    those of the group ("vg"), its disk ("pv") and the volumes by their names; the others are new."""
    ids = {"vg": new_id(), "pv": new_id(), **dict(ids)}
    volumes, data = [], b""
    for volume, content in contents.items():
        start, count = len(data) // EXTENT, -(-len(content) // EXTENT)
        volumes.append(_volume(volume, ids.get(volume) or new_id(), start, count))
        data += content.ljust(count * EXTENT, b"\0")
    _write(path, ids["pv"], _group(name, ids, len(data) // EXTENT, volumes), data)


def second_disk(path, text, volume, content):
    """Makes the file `path` a second disk of a group, whose metadata are `text` (vgcfgbackup): a newer version of them says
    that this volume lies there, and not where it is."""
    pv_id, extents = new_id(), -(-len(content) // EXTENT)
    # on a disk it begins with the group's name
    start = re.search(r"(?m)^\S+ \{", text).start()
    text = text[start:] + text[:start]
    text = re.sub(r"seqno = (\d+)", lambda m: "seqno = %d" % (int(m.group(1)) + 100), text, count=1)
    text = text.replace("physical_volumes {", "physical_volumes {\n" + _physical("pv9", pv_id, extents), 1)
    text, number = re.subn(r"(?s)(\n\s*%s \{\s.*?extent_count = )\d+(.*?stripes = \[\s*)\"pv0\", \d+" % volume,
                           r'\g<1>%d\g<2>"pv9", 0' % extents, text, count=1)
    if number != 1:
        raise RuntimeError("no volume %s in\n%s" % (volume, text))
    _write(path, pv_id, text, content.ljust(extents * EXTENT, b"\0"))


def _write(path, pv_id, text, data):
    with open(path, "wb") as file:
        file.seek(SECTOR)
        file.write(_label(pv_id, DATA + len(data)))
        file.seek(AREA)
        file.write(_metadata(text.encode()))
        file.seek(DATA)
        file.write(data)
