"""Steps that the lives of several machines have in common, each with what must be seen then."""
from . import images
from .guests_view import booted_up

LONG = 3000  # seconds: full initrds in emulation


def install(t, source, vm):
    source.use_in(vm)
    said = vm.try_run(images.APT_INSTALL + "bootseal", LONG)
    t.ok("apt-get install ends well", said.status == 0, said)


def script(vm, text):
    """Runs it as one that ends at the first failure; in the shell that is typed into, set -e would end that.
    /run/passphrase has the passphrase meanwhile. Its result."""
    vm.write("/run/passphrase", images.PASSPHRASE)
    vm.write("/run/script", text)
    said = vm.try_run("sh -eu /run/script", LONG)
    vm.run("rm /run/passphrase")
    return said


def try_enroll(vm, options=""):
    """`bootseal enroll` with the passphrase in a file; its result."""
    vm.write("/run/passphrase", images.PASSPHRASE)
    said = vm.try_run("bootseal enroll --key-file /run/passphrase " + options, LONG)
    vm.run("rm /run/passphrase")
    return said


def enroll(t, vm, label=".*"):
    """Returns what it said. label: a pattern for what boots next."""
    said = try_enroll(vm)
    t.ok("enroll ends well", said.status == 0, said)
    t.says("enroll says what the next boot will do", said.out, r"Next boot %s will unlock automatically" % label,
           never=["REFUSED"])
    scan = vm.try_run("bootseal scan")
    t.ok("nothing foreign is found on the boot file systems", scan.status == 0, scan)
    return said


def upgrade(t, vm, folder, version):
    """To that kernel, whose package lies in a folder of the guest."""
    said = vm.try_run("%s %s/linux-image-%s_*.deb" % (images.APT_INSTALL, folder, version), LONG)
    t.ok("apt-get install of a newer kernel ends well", said.status == 0, said)
    t.says("the hooks move the policy", said.out, r"Policy +generation \d+ is in force now",
           never=["NOT MOVED", "REFUSED"])


def is_trusted(t, vm, when):
    """The boot is the one that was predicted, and the next one is known."""
    booted_up(vm)
    t.ok("%s: the model finds this boot exact" % when, "exact" in vm.run("cat /run/bootseal/calibration.json"))
    check = vm.try_run("bootseal check", LONG)
    t.ok("%s: check says yes" % when, check.status == 0, check)
    t.says("%s: no kernel will ask" % when, check.out, "will unlock", never=["will ask"])
