"""An image for a cloud, as Ubuntu delivers them, on Debian 12: partitions 1, 14, 15, 16 with labels, GRUB for BIOS beside
the signed one, no entry in the firmware, a menu that tries without an initrd first and was not written by
update-grub, everything on the serial console."""
from lib import as_delivered, debian


def scenario(t):
    as_delivered.life(t, debian.BOOKWORM)
