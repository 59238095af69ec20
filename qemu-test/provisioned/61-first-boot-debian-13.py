"""The same on Debian 13, from a qcow2 image with Ubuntu's layout."""
from lib import provisioned
from lib.debian import TRIXIE


def scenario(t):
    provisioned.life(t, TRIXIE, "boot", "qcow2")
