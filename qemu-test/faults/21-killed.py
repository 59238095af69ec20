"""bootseal is killed in the middle of a reseal, several reseals run at once, and dpkg is killed with all its
children while it configures a kernel. What is said about the next boot stays true, nothing stays locked or
frozen, and the same command again finishes the job."""
from lib import change, images, kernels
from lib.faults import OPENS, Faults, make_recovery_key

KILLS = 7
# the path unit that watches grub.cfg may still be at work
SETTLED = ("while [ \"$(systemctl show -p ActiveState --value bootseal-reseal.service)\" = activating ]; do "
           "sleep 0.2; done")
# in a control group of its own, so that the whole family can be killed at once, as the kernel does it to a
# service
VICTIM = """mkdir -p /sys/fs/cgroup/victim
sh -c 'echo $$ > /sys/fs/cgroup/victim/cgroup.procs; exec %(command)s' > /run/victim 2>&1 &
for i in $(seq 3000); do
	{ %(moment)s; } && break
	[ -d /proc/$! ] || break
	sleep 0.1
done
sleep %(later)s
grep -q "populated 1" /sys/fs/cgroup/victim/cgroup.events && echo KILLED-IN-TIME
echo 1 > /sys/fs/cgroup/victim/cgroup.kill
wait
cat /run/victim"""


def scenario(t):
    with images.repo() as source, Faults(t) as faults:
        with t.resumed("the enrolled machine") as vm:
            source.use_in(vm)
            change.prepare(vm)
            key = make_recovery_key(vm)
            vm.run("systemctl stop bootseal-reseal.path")
            _kill_the_hook(t, vm, faults)
            _several_at_once(t, vm, faults)
            vm.run("systemctl start bootseal-reseal.path")
            _kill_dpkg(t, vm, faults)
            faults.keys_open(vm, "after all of it", key)
            vm.reboot()
            t.opens_by_itself(vm, "an orderly reboot at the end")
            t.ok("it is the new kernel", vm.run("uname -r").strip() == kernels.new())


def _kill_the_hook(t, vm, faults):
    vm.run(change.BY_HAND)
    took = float(vm.run("a=$(date +%s%N); bootseal reseal --dry-run >/dev/null; echo $((($(date +%s%N) - a) "
                        "/ 1000000))")) / 1000
    t.note("a reseal takes %.1f s without its writing" % took)
    for number in range(KILLS):
        after = 1.4 * took * (number + 0.5) / KILLS
        what = "killed after %.2f s" % after
        with faults.one():
            said = vm.try_run("bootseal reseal --hook & sleep %.2f; kill -9 $!; wait $!" % after)
            t.ok(what + ": it is dead", said.status in (137, 0), said)
            word = faults.said(vm, what)
            free = vm.try_run("timeout 60 sh -c 'echo > /boot/try && sync /boot/try && rm /boot/try'")
            t.ok(what + ": /boot is not frozen", free.status == 0, free)
        if word == OPENS:
            vm.run(change.BY_HAND)
    faults.said_and_done(vm, "after the last of them")
    faults.healed(vm, "killed", "bootseal reseal")
    left = vm.run("ls -A /var/lib/bootseal /etc/bootseal")
    t.says("nothing is left behind", left, "manifest", never=[r"\.[A-Za-z0-9]{6}\n"])


def _several_at_once(t, vm, faults):
    with faults.one():
        vm.run(change.BY_HAND)
        said = vm.try_run("sh -c 'for i in 1 2 3; do (bootseal reseal > /run/said.$i 2>&1; echo $? > "
                          "/run/code.$i) & done; wait'; "
                          "cat /run/code.? /run/said.?")
        t.ok("three reseals at once: every one ends well", said.out.startswith("0\n0\n0\n"), said)
        t.ok("three reseals at once: one of them moved the policy", said.out.count("is in force now") == 1,
             said)
        t.ok("three reseals at once: the next boot will unlock automatically",
             faults.said(vm, "three reseals at once") == OPENS)


def _kill_dpkg(t, vm, faults):
    apt = images.APT_INSTALL + kernels.package(kernels.new())
    again = "dpkg --configure -a"
    moments = [("update-initramfs makes the initrd", "env " + apt, "grep -q Generating.*initrd /run/victim",
                2,
                "zz-update-grub"),
               ("grub.cfg is being made", again, "grep -q Generating.grub /run/victim", 0.3,
                "zzz-bootseal"),
               ("bootseal's hook runs", again, "grep -q ^done$ /run/victim", 0.2,
                "zzz-bootseal:(?s:.*)Next boot")]
    for what, command, moment, later, too_late in moments:
        what = "dpkg killed while " + what
        with faults.one():
            said = vm.try_run(VICTIM % {"command": command, "moment": moment, "later": later}, timeout=900)
            t.says(what + ": in time", said.out, "KILLED-IN-TIME", never=[too_late])
            vm.run(SETTLED)
            faults.said_and_done(vm, what)
    faults.healed(vm, "dpkg killed", again)
    t.ok("dpkg has nothing left to do", vm.run("dpkg --audit").strip() == "")
