"""An encrypted image is sealed for one machine that has never run, of whose TPM only the storage key is known: the machine opens by
itself at its first start, through a power cut in the middle of the change of its volume key, and no other machine does."""
from lib import provisioned
from lib.debian import BOOKWORM


def scenario(t):
    provisioned.deployed(t, BOOKWORM, "boot")
