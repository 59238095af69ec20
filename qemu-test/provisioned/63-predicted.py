"""What the first start of an encrypted image will measure is predicted on the build machine, from the image and the report of
another machine of the same kind, event by event: nobody has started the image when it is said."""
from lib import provisioned
from lib.debian import BOOKWORM


def scenario(t):
    provisioned.predicted(t, BOOKWORM, "boot")
