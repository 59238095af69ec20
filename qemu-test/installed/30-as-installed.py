"""Somebody has installed Debian 12 and changed nothing: a graphical GRUB with its font, quiet splash, an ordinary and
a cloud kernel with full initrds, an entry in the firmware. He installs bootseal, enrols, reboots, upgrades the
kernel, reboots, and edits the command line in the menu."""
from lib import as_installed, debian


def scenario(t):
    as_installed.life(t, debian.BOOKWORM)
