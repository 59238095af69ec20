"""The same with Debian 13, and bootseal built there."""
from lib import as_delivered, debian


def scenario(t):
    as_delivered.life(t, debian.TRIXIE)
