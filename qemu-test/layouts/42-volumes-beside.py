"""/home, /var, swap and data on volumes of their own, which the running system opens; their keys are on the root."""
from lib import beside, debian


def scenario(t):
    beside.life(t, debian.BOOKWORM)
