"""The same with Debian 13, and bootseal built there."""
from lib import beside, debian


def scenario(t):
    beside.life(t, debian.TRIXIE)
