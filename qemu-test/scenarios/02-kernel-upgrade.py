"""`apt-get install` of a newer signed kernel. The next boot, into the new kernel, asks for nothing and
measures exactly what was predicted; the old kernel from the menu asks for nothing; a hard reset in the middle
of a boot does not matter."""
from lib import eventlog, images, kernels, menu, policy
from lib.disk import Disk
from lib.guests_view import booted_up, event_log, pcr, predicted

SEALED = [n for n in policy.PCRS if n != 15]


def scenario(t):
    notes = images.notes(images.upgraded())
    old, new = kernels.old(), kernels.new()
    t.says("the hooks move the policy during the upgrade", notes["upgrade"]["out"],
           r"Policy +generation \d+ is in force now",
           never=["NOT MOVED", "REFUSED"])
    t.ok("check says yes", notes["check"]["status"] == 0, notes["check"]["out"])
    t.says("check shows the old and the new kernel", notes["check"]["out"], new + ".*will unlock",
           old + ".*will unlock",
           never=["will ask"])
    t.says("predict shows the old and the new kernel", notes["predict"]["out"], "Linux " + new,
           "Linux " + old)

    t.start_from(images.upgraded())
    old_entry = menu.path_to(Disk(t.state.disk).read("/boot/grub/grub.cfg"), old)
    paths = predicted(notes["predict"]["out"])
    with t.machine() as vm:
        t.opens_by_itself(vm, "reboot into the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        _measured_as_predicted(t, vm, paths, new, "default")
        t.ok("the model finds this boot exact", "exact" in vm.run("cat /run/bootseal/calibration.json"))
        booted_up(vm)

        vm.reboot()
        menu.choose(vm, old_entry)
        t.opens_by_itself(vm, "the old kernel from the menu")
        t.ok("it is the old kernel", vm.run("uname -r").strip() == old)
        _measured_as_predicted(t, vm, paths, old, "")

        vm.reboot()
        vm.wait_until_opened()
        vm.hard_reset()
        t.opens_by_itself(vm, "after a hard reset in the middle of a boot")
        vm.power_off()


def _measured_as_predicted(t, vm, paths, release, word):
    """One of the predicted paths of this kernel is what the TPM and the log hold, PCR by PCR and event by
    event."""
    measured = eventlog.of_pcrs(eventlog.parse(event_log(vm)), SEALED)
    values = {n: pcr(vm, n) for n in SEALED}
    candidates = {l: p for l, p in paths.items() if release in l and word in l}
    label = next((l for l, p in candidates.items() if p["pcrs"] == values), None)
    t.ok("every PCR is as predicted", label is not None, "measured %s; predicted %s" % (values, candidates))
    path = candidates[label] if label else next(iter(candidates.values()), {"events": []})
    difference = eventlog.compare(path["events"], measured)
    t.ok("every event of the selected PCRs is as predicted (%d events)" % len(measured), difference is None,
         difference)
