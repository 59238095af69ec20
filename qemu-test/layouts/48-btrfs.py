"""The root is a btrfs over two encrypted volumes."""
from lib import debian, on_btrfs


def scenario(t):
    on_btrfs.two_volumes(t, debian.BOOKWORM)
