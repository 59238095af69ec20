"""The same with Debian 13, and bootseal built there."""
from lib import debian, on_btrfs


def scenario(t):
    on_btrfs.subvolumes(t, debian.TRIXIE)
