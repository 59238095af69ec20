"""The root is a subvolume of btrfs, on an encrypted volume that is a volume of an LVM group."""
from lib import debian, on_btrfs


def scenario(t):
    on_btrfs.subvolumes(t, debian.BOOKWORM)
