"""An image for a cloud, as Debian makes it, is encrypted before it runs; its first boot seals it to the TPM and changes the key,
with a power cut in the middle. Then nothing of the image opens the machine any more."""
from lib import provisioned
from lib.debian import BOOKWORM


def scenario(t):
    provisioned.life(t, BOOKWORM, "root", "raw")
