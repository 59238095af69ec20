"""An encrypted image is sealed for a machine that has never run and whose keys of Secure Boot are known from an Azure disk's JSON
only: it opens at its first start, measures what was predicted from the same keys in the other form of JSON, event by event,
and the same TPM behind other keys does not open it."""
from lib import provisioned
from lib.debian import BOOKWORM


def scenario(t):
    provisioned.other_keys(t, BOOKWORM, "boot")
