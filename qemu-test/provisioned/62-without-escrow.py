"""A VHD is encrypted before it runs; nobody takes a recovery key at its first boot."""
from lib import provisioned
from lib.debian import BOOKWORM


def scenario(t):
    provisioned.without_escrow(t, BOOKWORM, "boot", "vpc")
