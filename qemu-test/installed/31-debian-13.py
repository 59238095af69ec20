"""The same with Debian 13, and bootseal built there: GRUB 2.12, Linux 6.12, systemd 257."""
from lib import as_installed, debian


def scenario(t):
    as_installed.life(t, debian.TRIXIE)
