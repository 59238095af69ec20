"""The same with Debian 13, and bootseal built there."""
from lib import debian, on_lvm


def scenario(t):
    on_lvm.life(t, debian.TRIXIE)
