"""A btrfs with the UUID of another one, made without btrfs-progs: they refuse a UUID that is there already.

As in Linux, include/uapi/linux/btrfs_tree.h: the superblocks and the blocks of the trees begin with a CRC-32C of what follows
the first 32 bytes, and then comes the UUID."""
import struct
import uuid

SUPERBLOCKS = (64 << 10, 64 << 20)
SUPERBLOCK, SUM, UUID_END = 4096, 32, 48
MAGIC_AT, NODE_SIZE_AT = 64, 148
MAGIC = b"_BHRfS_M"


def _table():
    for crc in range(256):
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
        yield crc


_TABLE = list(_table())


def _crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xff]
    return crc ^ 0xffffffff


def _change(file, at, size, old, new):
    file.seek(at)
    block = file.read(size)
    if len(block) < size or block[SUM:UUID_END] != old:
        return
    rest = block[SUM:].replace(old, new)
    file.seek(at)
    file.write(struct.pack("<I", _crc32c(rest)).ljust(SUM, b"\0") + rest)


def take_uuid(path, wanted):
    """The btrfs in that file, which is on this disk alone, gets the UUID."""
    with open(path, "r+b") as file:
        file.seek(SUPERBLOCKS[0])
        first = file.read(SUPERBLOCK)
        if first[MAGIC_AT:MAGIC_AT + len(MAGIC)] != MAGIC:
            raise RuntimeError("no btrfs in %s" % path)
        old, new = first[SUM:UUID_END], uuid.UUID(wanted).bytes
        node = struct.unpack_from("<I", first, NODE_SIZE_AT)[0]
        end = file.seek(0, 2)
        # blocks of trees are at multiples of their size
        for at in range(0, end, node):
            if at not in SUPERBLOCKS:
                _change(file, at, node, old, new)
        for at in SUPERBLOCKS:
            _change(file, at, SUPERBLOCK, old, new)
