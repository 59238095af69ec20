"""Somebody has installed Debian 12 on his entire disk, with encrypted LVM, as the installer offers it: root and swap are
volumes of a group in one encrypted partition. He lives with it, and others come with groups of the same name, and of the
same UUIDs, on disks of their own."""
from lib import debian, on_lvm


def scenario(t):
    on_lvm.life(t, debian.BOOKWORM)
