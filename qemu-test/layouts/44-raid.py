"""Root and swap on LVM, on an encrypted volume, on a RAID 1."""
from lib import debian, on_raid


def scenario(t):
    on_raid.life(t, debian.BOOKWORM)
