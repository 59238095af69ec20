"""An administrator lets Ansible put bootseal on a machine and enrol it: as a trial, while the server of keys refuses, in
earnest, and again. The playbook is doc/fleet's; the machine is its own controller."""
import json
import os
import re

from lib import fleet, images, kernels, monitoring, steps
from lib.debian import BOOKWORM
from lib.keyserver import KeyServer, recovery_key_is_kept
from lib.repo import Repo

PLAY = ("cd /root/ansible && ANSIBLE_NOCOLOR=1 ansible-playbook -vv -i inventory -e @/run/vault.json enroll.yml ")


def scenario(t):
    t.start_from(fleet.encrypted())
    with KeyServer() as server, Repo(os.path.join(t.work, "repo"), [BOOKWORM.deb()]) as source, t.machine() as vm:
        vm.boot_with_passphrase()
        source.use_in(vm)
        _controller(vm, server)
        _plays(t, vm, server)
        monitoring.opens_from_now_on(t, vm)
        _on_a_machine_that_will_ask(t, vm)
        vm.power_off()


def _controller(vm, server):
    """The folder ansible of doc/fleet, an inventory, and what a vault has."""
    folder = os.path.join(fleet.DOC, "ansible")
    for where, _, names in os.walk(folder):
        there = os.path.join("/root/ansible", os.path.relpath(where, folder))
        vm.run("mkdir -p " + there)
        for name in names:
            with open(os.path.join(where, name), encoding="utf-8") as file:
                vm.write(os.path.join(there, name), file.read().replace(fleet.SERVER, server.address))
    vm.write("/root/ansible/inventory", "vm ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n")
    _vault(vm)


def _vault(vm):
    vm.write("/run/vault.json", json.dumps({"vault_root_passphrase": images.PASSPHRASE}))


def _play(t, vm, what, options="", status=0):
    """Runs it; what it said, and the numbers of its recap."""
    said = vm.try_run(PLAY + options, steps.LONG)
    t.ok("%s: ansible-playbook ends with %d" % (what, status), said.status == status, said)
    t.ok("%s: it does not print the passphrase" % what, images.PASSPHRASE not in said.out, said)
    recap = re.search(r"(?m)^vm +: (.*)$", said.out)
    return said.out, {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", recap.group(1) if recap else "")}


def _plays(t, vm, server):
    _play(t, vm, "as a trial", "--check")
    t.ok("a trial installs nothing", vm.try_run("command -v bootseal").status != 0)
    header = "cryptsetup luksDump --dump-json-metadata /dev/vda3"
    before = vm.run(header)
    server.fails = [403]
    said, _ = _play(t, vm, "the key was not kept", status=2)
    t.says("it says why", said, r"TASK \[bootseal : Say why", "The requested URL returned error: 403", "enrolment failed")
    t.ok("nothing is enrolled", vm.run(header) == before and vm.try_run("bootseal check").status == 3 and not server.kept, server.asked)
    _play(t, vm, "as a trial, where it is installed", "--check")
    t.ok("a trial enrols nothing", vm.run(header) == before and vm.try_run("bootseal check").status == 3 and not server.kept, server.asked)
    _, recap = _play(t, vm, "in earnest")
    t.ok("it changes something", recap["changed"] > 0, recap)
    recovery_key_is_kept(t, vm, server, "vm", "/dev/vda3")
    monitoring.guard_is_on(t, vm)
    before, asked = vm.run(header), len(server.asked)
    _, recap = _play(t, vm, "again")
    t.ok("the second run changes nothing", recap["changed"] == recap["failed"] == 0, recap)
    _, recap = _play(t, vm, "as a trial, where all is done", "--check")
    t.ok("and a trial says that nothing is to be done", recap["changed"] == recap["failed"] == 0, recap)
    t.ok("neither makes a key or touches the header", vm.run(header) == before and len(server.asked) == asked, server.asked)
    found = vm.try_run("journalctl -b -q | grep -F '%s'" % images.PASSPHRASE)
    t.ok("the passphrase is in no log", not found.out.strip(), found)


def _on_a_machine_that_will_ask(t, vm):
    initrd = "/boot/initrd.img-" + kernels.old()
    monitoring.replace_initrd(vm, initrd)
    _vault(vm)
    said, recap = _play(t, vm, "on a machine that will ask", status=2)
    t.ok("it fails, and has changed nothing", recap["failed"] == 1 and recap["changed"] == 0, recap)
    t.says("at the answer about the next boot", said, r"Write down what the next boot will do")
    vm.run("cp -a /root/initrd %s" % initrd)
