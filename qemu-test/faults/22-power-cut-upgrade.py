"""The power fails while `bootseal reseal` writes and while apt installs a kernel, at several moments. Each
time the machine unlocks automatically or asks for the passphrase. Where it asks, `dpkg --configure -a` and
the administrator's word finish the job."""
import secrets

from lib import change, images, kernels
from lib.faults import ASKS, OPENS, Faults, Writes, writes_of


def scenario(t):
    with images.repo() as source, Faults(t) as faults:
        with t.resumed("the enrolled machine") as vm:
            source.use_in(vm)
            change.prepare(vm)
            # as dpkg is by default; and nobody else moves the policy
            vm.run("rm /etc/dpkg/dpkg.cfg.d/test-vm; systemctl stop bootseal-reseal.path")
            _reseal(t, vm, faults)
            _upgrade(t, vm, faults)
            faults.keys_open(vm, "after all of it")
            t.ok("what was interrupted only for copies of it is done", faults.said(vm, "at the end") == OPENS)


def _reseal(t, vm, faults):
    """At every write to the LUKS header and to the TPM: before the index is written the changed boot asks,
    afterwards it opens."""
    vm.run(change.BY_HAND)
    # GRUB may still find the old grub.cfg: nothing has made the new one durable yet
    faults.cut(vm, "before a reseal")
    ways = []
    for number, what in enumerate(writes_of(vm, "bootseal reseal")):
        ways.append(faults.cut(vm, "in a reseal after write %d, %s" % (number + 1, what)))
    t.ok("there were writes to the header before and after the TPM's", len(ways) >= 3, ways)
    t.ok("once the index is written, it opens", ways == sorted(ways) and (ways[0], ways[-1]) == (ASKS, OPENS),
         ways)


def _upgrade(t, vm, faults):
    done = secrets.token_hex(8)
    vm.type_line("%s; printf '\\n%%s-%s\\n' done"
                 % (images.APT_INSTALL + kernels.package(kernels.new()), done))
    moments = [("while a kernel is unpacked", rb"Unpacking linux-image", [OPENS]),
               ("while its initrd is made", rb"Generating /boot/initrd", [OPENS]),
               ("while grub.cfg is made", rb"Found linux image: ", [OPENS]),
               # GRUB may still find the old one
               ("when grub.cfg is new", rb"\ndone\r?\n", [OPENS, ASKS])]
    for what, pattern, allowed in moments:
        vm.serial.expect(pattern, timeout=600, reject=[done.encode()])
        faults.cut(vm, what, allowed)
    # bootseal's hook has made grub.cfg durable, and will write the index next
    Writes(vm).wait()
    faults.cut(vm, "when grub.cfg is durable and the policy is old", [ASKS],
               lambda copy: _heal(t, copy, faults))
    vm.serial.expect(rb"Next boot [^\n]*" + kernels.new().encode() + rb"[^\n]*will unlock", timeout=600,
                     reject=[done.encode()])
    faults.cut(vm, "when the policy has moved", [OPENS])
    vm.serial.expect(b"done-" + done.encode(), timeout=600)


def _heal(t, copy, faults):
    """The user has typed his passphrase. He finishes what dpkg began, and says that it was him."""
    what = "after that cut"
    t.says(what + ": dpkg knows that it is not done", copy.run("dpkg --audit"), "linux-image")
    again = copy.try_run("dpkg --configure -a", timeout=900)
    t.ok(what + ": `dpkg --configure -a` ends well", again.status == 0, again)
    t.says(what + ": it says that nothing new is accepted", again.out, "did not unlock this boot",
           "--accept-current")
    faults.healed(copy, what, "bootseal reseal --accept-current")
    copy.reboot()
    t.opens_by_itself(copy, what + ", healed")
    t.ok(what + ": it is the new kernel", copy.run("uname -r").strip() == kernels.new())
