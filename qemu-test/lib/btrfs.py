"""A btrfs with the UUID of another one, made without btrfs-progs: they refuse a UUID that is there already.

As in Linux, fs/btrfs/accessors.h and fs.h: the superblock and its copies, with a CRC-32C at the beginning. With the feature
METADATA_UUID the trees keep the UUID that they were made with, and the file system has one of its own."""
import struct
import uuid

COPIES = (64 << 10, 64 << 20)
SIZE = 4096
FSID, MAGIC_AT, INCOMPAT, METADATA_UUID = 32, 64, 188, 571
MAGIC = b"_BHRfS_M"
FEATURE = 1 << 10


def _crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def take_uuid(path, wanted):
    """The btrfs in that file, which is on this disk alone, gets the UUID."""
    done = 0
    with open(path, "r+b") as file:
        for at in COPIES:
            file.seek(at)
            block = bytearray(file.read(SIZE))
            if block[MAGIC_AT:MAGIC_AT + len(MAGIC)] != MAGIC:
                continue
            features = struct.unpack_from("<Q", block, INCOMPAT)[0]
            if not features & FEATURE:
                block[METADATA_UUID:METADATA_UUID + 16] = block[FSID:FSID + 16]
            struct.pack_into("<Q", block, INCOMPAT, features | FEATURE)
            block[FSID:FSID + 16] = uuid.UUID(wanted).bytes
            struct.pack_into("<I", block, 0, _crc32c(block[32:]))
            file.seek(at)
            file.write(block)
            done += 1
    if not done:
        raise RuntimeError("no btrfs in %s" % path)
