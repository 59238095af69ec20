"""A disk with a hibernation image of the attacker's: as much of one as the kernel needs to begin with it.

The header is struct swsusp_header (Linux, kernel/power/swap.c), which lies at the end of the swap space's
first page. """
import struct

from . import procs

PAGE = 4096
SWAP_MAGIC, IMAGE_MAGIC = b"SWAPSPACE2", b"S1SUSPEND\0"
SIZE = 64 << 20


def swap_disk(path, uuid):
    """An ordinary swap space."""
    with open(path, "wb") as file:
        file.truncate(SIZE)
    procs.run(["mkswap", "-q", "-U", uuid, path])


def forge(path):
    """Make that swap space say that it holds an image: a map of one page, and that page's content is
    nonsense."""
    with open(path, "r+b") as file:
        # image: the page of the first map; flags; the signature that was there before; the one that is now
        header = struct.pack("<QI10s10s", 1, 0, SWAP_MAGIC, IMAGE_MAGIC)
        file.seek(PAGE - len(header))
        file.write(header)
        file.write(struct.pack("<512Q", 2, *[0] * 511))
        file.write(b"\x2a" * PAGE)


def is_untouched(path):
    """The kernel takes the signature away as soon as it has seen it."""
    with open(path, "rb") as file:
        file.seek(PAGE - len(IMAGE_MAGIC))
        return file.read(len(IMAGE_MAGIC)) == IMAGE_MAGIC
