"""The life of a machine made from an image for a cloud, the same on each release."""
import os
import re
import shutil

from . import cloud, images, procs, steps, vm as machines
from .guests_view import booted_up
from .repo import Repo

ENVIRONMENT = "grub-editenv /boot/grub/grubenv list"
SETTING = "/etc/default/grub.d/zz-bootseal.cfg"


def life(t, release):
    """Somebody starts the image, is told that its menu cannot boot an encrypted root without asking twice, lets bootseal
    change that, enrols, upgrades the kernel, has a power cut in the middle of a boot, loses the firmware's entries, and
    removes bootseal."""
    t.start_from(cloud.cloud(release))
    with Repo(os.path.join(t.work, "repo"), [release.deb()]) as source, t.machine() as vm:
        _first_start(t, vm)
        menu = vm.run("cat /boot/grub/grub.cfg")
        enroll(t, source, vm)
        vm.reboot()
        t.opens_by_itself(vm, "reboot")
        steps.is_trusted(t, vm, "after the reboot")
        new = upgrade(t, vm)
        vm.reboot()
        # cut before a service has taken GRUB's flags back
        t.opens_early(vm, "reboot into the new kernel")
        vm.pull_the_plug()
    with t.machine() as vm:
        t.opens_by_itself(vm, "after a power cut in early userspace")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        t.says("GRUB has seen that the boot before was not finished", vm.run("bootseal eventlog"), r"\[ 1 = 1 \]")
        steps.is_trusted(t, vm, "after the power cut")
        vm.power_off()
    shutil.copyfile(machines.OVMF_VARS, t.state.vars)
    spare = os.path.join(t.work, "spare.img")
    with open(spare, "wb") as disk:
        disk.truncate(256 << 20)
    with t.machine(disks=[spare]) as vm:
        t.opens_by_itself(vm, "after the firmware has lost its entries")
        t.says("shim's fallback made its entry again", vm.run("efibootmgr"), r"Boot\d+\* debian")
        _report_is_exact(t, vm)
        removed = vm.try_run("bootseal remove", steps.LONG)
        t.says("remove says that the menu is as it was", removed.out, "starts Linux without an initrd again")
        now = vm.run("cat /boot/grub/grub.cfg")
        t.ok("the menu has attempts without an initrd again, the setting is gone",
             "panic=-1" in now and "panic=-1" in menu and vm.try_run("test -e " + SETTING).status, now)
        vm.power_off()


def _first_start(t, vm):
    vm.boot_with_passphrase()
    console = vm.console()
    t.says("shim's fallback has made an entry and restarted the machine", console,
           r'(?s)starting Boot\w+ "UEFI .*Boot Option Restoration.*starting Boot\w+ "debian"')
    t.says("the kernel has panicked without its initrd, and GRUB has tried again", console,
           r"Unable to mount root fs", r"once more, with it")
    t.says("the firmware has an entry now", vm.run("efibootmgr -v"), r"BootCurrent: 0*(\d+)",
           r"Boot\d+\* debian\b.*shimx64")
    booted_up(vm)
    t.ok("the services have taken the flags back", "fail" not in vm.run(ENVIRONMENT), vm.run(ENVIRONMENT))


def enroll(t, source, vm):
    """From the first shell of the delivered machine to the end of the enrolment, whose output is returned."""
    steps.install(t, source, vm)
    refused = steps.try_enroll(vm)
    t.ok("enroll refuses, as it is delivered", refused.status == 5, refused)
    t.says("it says why and what to do", refused.out, r"GRUB_FORCE_PARTUUID is set in \S+/40-force-partuuid.cfg",
           r"'bootseal enroll --boot-with-initrd'")
    told = steps.try_enroll(vm, "--boot-with-initrd")
    t.ok("told so, it changes the menu and asks for a restart", told.status == 3, told)
    vm.reboot()
    vm.boot_with_passphrase()
    t.ok("no attempt without an initrd any more", "Unable to mount root" not in vm.console(), vm.console()[-3000:])
    booted_up(vm)
    return steps.enroll(t, vm, ".*%s.*" % re.escape(vm.run("uname -r").strip())).out


def upgrade(t, vm):
    """To the newer kernel, whose version is returned."""
    new = vm.run("cat %s/names" % cloud.NEWER).split()[1]
    steps.upgrade(t, vm, cloud.NEWER, new)
    return new


def _report_is_exact(t, vm):
    """What the machine's report tells on another one: here. And what it does not tell anybody."""
    key = vm.run("printf '%s' | bootseal recovery-key --key-file - 2>/run/said | cat" % images.PASSPHRASE).strip()
    t.ok("there is a recovery key", re.fullmatch(r"([0-9]{6} ){7}[0-9]{6}", key), key)
    made = vm.try_run("bootseal report /run/report.tar.gz", steps.LONG)
    t.ok("report ends well", made.status == 0, made)
    vm.run("dd if=/run/report.tar.gz of=/dev/vdb conv=fsync status=none", steps.LONG)
    folder = os.path.join(t.work, "report")
    os.makedirs(folder)
    # behind the archive lie the disk's zeros
    procs.run(["sh", "-c", 'gzip -d -c 2>/dev/null <"$1" | tar -x -C "$2"', "sh", vm.disks[0], folder])
    _has_no_secrets(t, folder, [images.PASSPHRASE, key, key.replace(" ", "-"), key.replace(" ", ""), "PRIVATE KEY"])
    told = procs.run(["sh", "-c", '"$@" || echo "exit $?"', "sh", os.path.join(images.ROOT, "build", "bootseal"), "calibrate",
                      "--root", folder + "/bootseal-report", "--pcrs", folder + "/bootseal-report/report/pcrs"])
    t.says("its report replays to \"exact\" on the host", told.decode(), "exact", never=["exit [1-9]"])


def _has_no_secrets(t, folder, secrets):
    found, size = [], 0
    for where, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(where, name)
            if os.path.islink(path):
                continue
            with open(path, "rb") as file:
                text = file.read()
            size += len(text)
            found += [(path, secret) for secret in secrets if secret.encode() in text]
    t.ok("neither passphrase nor recovery key nor a private key is in it", size > 1 << 20 and not found, (size, found))
