"""Somebody has installed Debian 12 and follows README: installs from a repository, enrols, checks, restarts, and takes it
away again."""
from lib import debian, first_hour


def scenario(t):
    first_hour.hour(t, debian.BOOKWORM)
