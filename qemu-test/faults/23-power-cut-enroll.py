"""The power fails while `bootseal enroll` works: after each write to the LUKS header or the TPM, and while
the initrds are built. The machine asks for the passphrase until the policy is in force, and unlocks
automatically from then on; running enroll again finishes the job and leaves nothing of the first try
behind."""
from lib.faults import ASKS, OPENS, Faults, writes_of
from lib.guest import PASSPHRASE

ENROLL = "bootseal enroll --key-file /root/passphrase"


def scenario(t):
    with Faults(t) as faults:
        with t.resumed("the enrolled machine") as vm:
            vm.write("/root/passphrase", PASSPHRASE)
            vm.run("bootseal remove")
            t.ok("it is a machine that is not enrolled", vm.try_run("bootseal check").status == 3)
            _cut(t, vm, faults)
            t.ok("enroll itself, which went on, did its job", faults.said(vm, "enrolled") == OPENS)
            vm.reboot()
            t.opens_by_itself(vm, "after that enrolment")
            faults.keys_open(vm, "after that enrolment")


def _cut(t, vm, faults):
    ways, again = [], lambda copy: _again(t, copy, faults)
    for number, what in enumerate(writes_of(vm, ENROLL, quiet=10)):
        # the first write to the header's second copy ends the making of the keyslot; no token may name it yet
        then = again if "second copy" in what else None
        again = None if then else again
        ways.append(faults.cut(vm, "in enroll after write %d, %s" % (number + 1, what), then=then))
    t.note("the boots after the cuts: %s" % ", ".join(w.split()[0] for w in ways))
    t.ok("there were writes to cut at", len(ways) >= 6, ways)
    t.ok("it asks until the policy is in force and opens from then on", ways == sorted(ways)
         and ways[0] == ASKS and ways[-1] == OPENS, ways)


def _again(t, copy, faults):
    what = "enroll again after that cut"
    slots = _keyslots(copy)
    said = copy.try_run(ENROLL, timeout=900)
    t.ok(what + ": it ends well", said.status == 0, said)
    t.ok(what + ": no keyslot is left of the first try", slots == 2 and _keyslots(copy) == 2,
         "%d before" % slots)
    t.ok(what + ": check says yes", faults.said(copy, what) == OPENS)
    copy.reboot()
    t.opens_by_itself(copy, what)


def _keyslots(vm):
    return int(vm.run("cryptsetup luksDump /dev/disk/by-partlabel/root | grep -c '^  [0-9]*: luks2$'"))
