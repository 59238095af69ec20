"""The same with Debian 13, and bootseal built there."""
from lib import debian, on_raid


def scenario(t):
    on_raid.life(t, debian.TRIXIE)
