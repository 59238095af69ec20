"""The same on Debian 13."""
from lib import debian, first_hour


def scenario(t):
    first_hour.hour(t, debian.TRIXIE)
