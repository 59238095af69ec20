"""The life of a machine whose image was encrypted before it ran (`bootseal image encrypt --first-boot`): its first boot replaces
the key in the clear by the TPM's, and is cut short."""
import json
import os
import re
import shutil
import time

from . import cloud, eventlog, firmware, images, procs, steps
from .guests_view import booted_up, event_log
from .hosttpm import HostTpm
from .vm import copy_sparse, new_state

BOOTSEAL = os.environ.get("BOOTSEAL_TOOL") or os.path.join(images.ROOT, "build", "bootseal")
HEADER = 16 << 20
HIDDEN = 1 << 20  # before an old header on a disk of its own: nothing takes that for a copy of the volume
MORE = 512 << 20
KEY = "/etc/bootseal/first-boot.key"
UNIT = "bootseal-first-boot"
ESCROW = "ESCROW=cat >/root/escrowed\n"
OF_IMAGE = "the passphrase of the image"


def life(t, release, where, form):
    """where: as cloud.clear() has it; form: of the image. The settings of the first boot give the recovery key away."""
    t.start_from(cloud.clear(release, where))
    _put_into_image(t, "/etc/bootseal/first-boot", ESCROW)
    encrypt(t, form)
    start, _ = _root_partition(t.state.disk)
    with open(t.state.disk, "r+b") as disk:
        disk.seek(start)
        header = disk.read(HEADER)
        disk.seek(0, os.SEEK_END)
        disk.truncate(disk.tell() + MORE)
    old = os.path.join(t.work, "old-header.img")
    with open(old, "wb") as file:
        file.write(bytes(HIDDEN) + header)
    with t.machine() as vm:
        key = _first_start(t, vm)
        vm.pull_the_plug()
    with t.machine(disks=[old]) as vm:
        t.opens_by_itself(vm, "after a power cut while the volume key was changed")
        converted(t, vm, never=["taking the room of the disk"])
        _nothing_old_opens(t, vm, key)
        vm.reboot()
        t.opens_by_itself(vm, "the second boot")
        t.says("the second boot: the TPM has opened it", vm.console(), "root_crypt: unlocked by the TPM")
        steps.is_trusted(t, vm, "the second boot")
        new = vm.run("cat %s/names" % cloud.NEWER).split()[1]
        steps.upgrade(t, vm, cloud.NEWER, new)
        vm.reboot()
        t.opens_by_itself(vm, "the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        vm.power_off()
    told = _image(["verify", t.state.disk], 5)
    t.says("verify: nothing in the clear is left, and it is an enrolled machine's", told, "of a machine that was enrolled",
           never=["IN THE CLEAR"])


def _image(arguments, status=0):
    """`bootseal image` on this host; what it said."""
    done = procs.run(["sh", "-c", '"$@" 2>&1; echo "exit $?"', "sh", BOOTSEAL, "image", *arguments], timeout=7200)
    text = done.decode()
    if not text.endswith("exit %d\n" % status):
        raise RuntimeError("bootseal image %s: %s" % (arguments, text))
    return text


def _root_partition(disk):
    """Where the first partition begins and how long it is, in bytes."""
    line = next(line for line in procs.run(["sfdisk", "--dump", disk]).decode().split("\n") if line.startswith(disk + "1 "))
    return tuple(int(re.search(name + r"=\s*(\d+)", line).group(1)) * 512 for name in ("start", "size"))


def _put_into_image(t, path, text):
    """As the image's builder does it, here without a mount."""
    local = os.path.join(t.work, "put")
    with open(local, "w", encoding="utf-8") as file:
        file.write(text)
    where = "%s?offset=%d" % (t.state.disk, _root_partition(t.state.disk)[0])
    procs.run(["debugfs", "-w", "-R", "mkdir " + os.path.dirname(path), where])
    procs.run(["debugfs", "-w", "-R", "write %s %s" % (local, path), where])


def encrypt(t, form):
    image = t.state.disk
    if form != "raw":
        image = os.path.join(t.work, "image")
        procs.run(["qemu-img", "convert", "-O", form, t.state.disk, image], timeout=1200)
    began = time.monotonic()
    passphrase = os.path.join(t.work, "passphrase")
    with open(passphrase, "w", encoding="utf-8") as file:
        file.write(OF_IMAGE)
    said = _image(["encrypt", "--first-boot", "--key-file", passphrase, image])
    t.note("image encrypt took %d s" % (time.monotonic() - began))
    t.says("image encrypt says what it does and what is in the clear", said, "encrypting", "verifying", "IN THE CLEAR")
    told = _image(["verify", image], 5)
    t.says("verify says so, too", told, "LUKS2", "A KEY IN THE CLEAR IS IN IT", re.escape("image, %s" % form) if form != "raw"
           else "raw")
    if form != "raw":
        procs.run(["qemu-img", "convert", "-O", "raw", image, t.state.disk], timeout=1200)
    again = _image(["encrypt", image], 5)
    t.says("it is not encrypted twice", again, "encrypted already")


def _first_start(t, vm):
    """Up to the middle of the change of the volume key. The key that lies in the clear is returned."""
    t.opens_by_itself(vm, "the first boot")
    t.says("the first boot: not by the TPM", vm.console(), never=["unlocked by the TPM"])
    t.ok("the root is on the volume", vm.run("findmnt -n -o SOURCE /").strip() == "/dev/mapper/root_crypt")
    key = vm.run("od -A n -t x1 %s" % KEY).split()
    t.ok("there is a key in the clear", len(key) == 32, len(key))
    far = vm.run("until grep -qE '[3-9][0-9][.]' /run/bootseal/first-boot || ! systemctl is-active -q %s; do sleep 2; done; "
                 "cat /run/bootseal/first-boot; bootseal status || true" % UNIT, steps.LONG)
    t.says("status says how far it is", far, r"(?m)^First boot +changing the volume key: .*%")
    return "".join(key)


def _ended(vm):
    """Waits until the unit is over; how."""
    return vm.run("while systemctl is-active -q %s || [ \"$(systemctl show -P ActiveState %s)\" = activating ]; do sleep 2; done; "
                  "systemctl show -P Result %s; journalctl -q -b -o cat -u %s" % (UNIT, UNIT, UNIT, UNIT), steps.LONG)


def converted(t, vm, never=()):
    """The first boot's work comes to its end, says nothing of `never`, and has left what it should."""
    booted_up(vm)
    said = _ended(vm)
    t.says("the first boot's work ends well", said, r"\Asuccess", "opens by its TPM now", never=never)
    ways = vm.run("cryptsetup luksDump /dev/vda1")
    t.ok("two keyslots are left, the TPM's and the recovery key's", len(re.findall(r"(?m)^  \d+: luks2$", ways)) == 2, ways)
    t.says("both have their tokens", ways, r"\d: bootseal\n", r"\d: bootseal-recovery\n")
    left = vm.run("ls /etc/bootseal /etc/initramfs-tools/conf.d; grep first-boot /etc/crypttab /etc/cryptsetup-initramfs/*; true")
    t.ok("nothing names the key in the clear any more", "first-boot.key" not in left and "bootseal-first-boot" not in left, left)
    size = int(vm.run("lsblk -b -n -d -o SIZE /dev/mapper/root_crypt"))
    used = int(vm.run("df -B1 --output=size / | tail -n 1"))
    part = int(vm.run("lsblk -b -n -d -o SIZE /dev/vda1"))
    t.ok("the volume has the room of the larger disk", part - size == HEADER and used > size * 0.9, (part, size, used))
    told = vm.try_run("bootseal check", steps.LONG)
    t.ok("check says yes", told.status == 0, told)
    t.says("status does not speak of a first boot any more", vm.run("bootseal status"), never=["First boot"])


def _nothing_old_opens(t, vm, key):
    """The image's passphrase and key; and its header, with which they do open a volume: not this one's data."""
    vm.write("/run/passphrase", OF_IMAGE)
    vm.run("/usr/bin/printf '%%b' \"$(echo %s | sed 's/../\\\\x&/g')\" >/run/key" % key)
    for what in ("passphrase", "key"):
        tried = vm.try_run("cryptsetup open --test-passphrase --key-file /run/%s /dev/vda1" % what)
        t.ok("the image's %s opens nothing" % what, tried.status == 2, tried)
        # the partition itself is in use
        opened = vm.try_run("loop=$(losetup -r -f --show /dev/vda1) && header=$(losetup -r -f -o %d --show /dev/vdb) && "
                            "cryptsetup open --readonly --header $header --key-file /run/%s $loop old" % (HIDDEN, what))
        seen = vm.try_run("blkid -p /dev/mapper/old; mount -o ro /dev/mapper/old /mnt")
        t.ok("its old header with the image's %s shows nothing of the data" % what,
             opened.status == 0 and seen.status != 0 and "ext4" not in seen.out.replace("wrong fs type", ""), (opened, seen))
        vm.try_run("cryptsetup close old; losetup -D")
    tried = vm.try_run("tr -d '\\n' </root/escrowed | cryptsetup open --test-passphrase --key-file - /dev/vda1")
    t.ok("the recovery key that was given away opens it", tried.status == 0, tried)
    vm.run("rm /run/passphrase /run/key")


def without_escrow(t, release, where, form):
    """Nobody takes a recovery key: the passphrase stays, and with it the volume key."""
    t.start_from(cloud.clear(release, where))
    encrypt(t, form)
    with t.machine() as vm:
        t.opens_by_itself(vm, "the first boot")
        booted_up(vm)
        t.says("the first boot's work ends well, and says what stays", _ended(vm), r"\Asuccess",
               "image's passphrase and volume key stay")
        vm.write("/run/passphrase", OF_IMAGE)
        tried = vm.try_run("cryptsetup open --test-passphrase --key-file /run/passphrase /dev/vda1")
        t.ok("the image's passphrase opens it", tried.status == 0, tried)
        vm.reboot()
        t.opens_by_itself(vm, "the second boot")
        t.says("the second boot: the TPM has opened it", vm.console(), "root_crypt: unlocked by the TPM")
        steps.is_trusted(t, vm, "the second boot")
        vm.power_off()


def _report(t):
    """Of the machine that there is: a tree on this host."""
    with t.machine() as vm:
        t.opens_by_itself(vm, "the machine of the report")
        booted_up(vm)
        # the serial line is slow: without its kernels and what else of its disk another disk has
        vm.run("cd /var/tmp && bootseal report machine.tgz && tar -xzf machine.tgz && find bootseal-report/boot -type f ! -ipath "
               "'*/EFI/*/shim*' ! -ipath '*/EFI/BOOT/BOOTX64.EFI' -delete && tar -czf /run/machine.tgz bootseal-report", steps.LONG)
        with open(os.path.join(t.work, "machine.tgz"), "wb") as file:
            file.write(vm.read("/run/machine.tgz"))
        vm.pull_the_plug()
    procs.run(["tar", "-xzf", os.path.join(t.work, "machine.tgz"), "-C", t.work])
    return os.path.join(t.work, "bootseal-report")


def predicted(t, release, where):
    """The image of another machine, with /boot as cloud.clear() has it, and firmware without boot entries."""
    t.start_from(cloud.clear(release, where))
    report = _report(t)
    t.start_from(cloud.clear(release, where))
    encrypt(t, "raw")
    path = _prediction(report, t.state.disk)
    new = new_state(os.path.join(t.work, "new"), t.state.disk)
    with t.machine(new) as vm:
        t.opens_by_itself(vm, "the first start of the new machine")
        _measures(t, vm, path)
        vm.pull_the_plug()


def _prediction(report, disk, *options):
    """What the first start is to measure, of its default path."""
    told = procs.run([BOOTSEAL, "predict", "--root", report, "--image", disk, *options, "--json", "--events"], timeout=1200)
    return next(path for path in json.loads(told)["paths"] if path["default"])


def _measures(t, vm, path):
    measured = eventlog.of_pcrs(eventlog.parse(event_log(vm)), {int(pcr) for pcr in path["pcrs"]})
    difference = eventlog.compare([(e["pcr"], e["sha256"]) for e in path["events"]], measured)
    t.ok("it measures what was predicted, event by event", not difference, difference)
    differ = [pcr for pcr, value in path["pcrs"].items() if pcr != "15" and
              vm.run("cat /sys/class/tpm/tpm0/pcr-sha256/%s" % pcr).strip().lower() != value]
    t.ok("its PCRs have the predicted values", not differ, differ)


def _storage_key(t, state):
    """A file with the public area of the SRK that this TPM would make; nothing of it stays in the TPM."""
    path = os.path.join(t.work, "srk.pub")
    with HostTpm(state.tpm, t.work) as tpm:
        tpm.sh("tpm2_createprimary -Q -C o -G ecc256:aes128cfb -a 'restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|"
               "userwithauth|noda' -c srk.ctx && tpm2_readpublic -Q -c srk.ctx -o srk.pub && tpm2_flushcontext -Q -t")
    return path


def deployed(t, release, where):
    """As life(), with nothing in the clear: the key is sealed to a TPM that is elsewhere."""
    t.start_from(cloud.clear(release, where))
    report = _report(t)
    t.start_from(cloud.clear(release, where))
    _put_into_image(t, "/etc/bootseal/first-boot", ESCROW)
    passphrase = os.path.join(t.work, "passphrase")
    with open(passphrase, "w", encoding="utf-8") as file:
        file.write(OF_IMAGE)
    _image(["encrypt", "--deploy", "--key-file", passphrase, t.state.disk])
    new, other, late = (new_state(os.path.join(t.work, name), t.state.disk) for name in ("new", "other", "late"))
    key = _storage_key(t, new)
    told = _image(["deploy", "--srk", key, "--root", report, "--key-file", passphrase, new.disk])
    t.says("deploy says what it seals for", told, r"(?m)^Sealed for +Linux .*default", "nothing here proves whose")
    told = _image(["verify", new.disk])
    t.says("verify: nothing in it opens it elsewhere", told, "on the machine that it was deployed for, and on no other",
           never=["IN THE CLEAR"])
    again = _image(["deploy", "--srk", key, "--root", report, "--key-file", passphrase, new.disk], 5)
    t.says("it is not deployed twice", again, "was deployed for a machine already")
    copy_sparse(new.disk, other.disk)
    with t.machine(other) as vm:
        t.asks(vm, "the same disk in another machine", "storage root key is not the one that this machine was deployed for")
        vm.pull_the_plug()
    _image(["deploy", "--srk", _storage_key(t, late), "--root", report, "--key-file", passphrase, "--resets", "0", late.disk])
    with t.machine(late) as vm:
        t.asks(vm, "a machine whose TPM was reset too often", "no longer valid")
        vm.pull_the_plug()
    _first_boots(t, new)


def _first_boots(t, new):
    old = os.path.join(t.work, "old-header.img")
    with open(new.disk, "r+b") as disk, open(old, "wb") as file:
        disk.seek(_root_partition(new.disk)[0])
        file.write(bytes(HIDDEN) + disk.read(HEADER))
        disk.seek(0, os.SEEK_END)
        disk.truncate(disk.tell() + MORE)
    with t.machine(new) as vm:
        t.opens_by_itself(vm, "the first boot")
        t.says("the first boot: the TPM has released the key", vm.console(), "root_crypt: first boot: the TPM has released the key")
        key = "".join(vm.run("od -A n -t x1 /run/bootseal/first-boot.key").split())
        far = vm.run("until grep -qE '[3-9][0-9][.]' /run/bootseal/first-boot || ! systemctl is-active -q %s; do sleep 2; done; "
                     "cat /run/bootseal/first-boot; bootseal status || true" % UNIT, steps.LONG)
        t.says("status says how far it is", far, r"(?m)^First boot +changing the volume key: .*%", never=["IN THE CLEAR"])
        vm.pull_the_plug()
    with t.machine(new, disks=[old]) as vm:
        t.opens_by_itself(vm, "after a power cut while the volume key was changed")
        converted(t, vm, never=["taking the room of the disk"])
        t.says("no token of the first boot is left", vm.run("cryptsetup luksDump /dev/vda1; ls /etc/bootseal"),
               never=["bootseal-first-boot", "deployed"])
        _nothing_old_opens(t, vm, key)
        vm.reboot()
        t.opens_by_itself(vm, "the second boot")
        t.says("the second boot: the TPM has opened it", vm.console(), "root_crypt: unlocked by the TPM")
        steps.is_trusted(t, vm, "the second boot")
        vm.power_off()


def other_keys(t, release, where):
    """Sealed for a machine whose keys of Secure Boot are known from JSON only: the report is of one with others."""
    t.start_from(cloud.clear(release, where))
    report = _report(t)
    t.start_from(cloud.clear(release, where))
    passphrase = os.path.join(t.work, "passphrase")
    with open(passphrase, "w", encoding="utf-8") as file:
        file.write(OF_IMAGE)
    _image(["encrypt", "--deploy", "--key-file", passphrase, t.state.disk])
    keys, origin = firmware.azure_keys()
    t.note("its keys are made from " + origin)
    new, same_tpm = (new_state(os.path.join(t.work, name), t.state.disk) for name in ("new", "same-tpm"))
    firmware.set_keys(new.vars, keys)
    config, disk = os.path.join(t.work, "uefi.json"), os.path.join(t.work, "azure-disk.json")
    for path, text in ((config, firmware.as_config(keys)), (disk, firmware.as_azure_disk(keys))):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(text, file)
    told = _image(["deploy", "--srk", _storage_key(t, new), "--root", report, "--azure-disk", disk, "--key-file", passphrase,
                   new.disk])
    t.says("deploy says what it seals for", told, r"(?m)^Sealed for +Linux .*default", "Secure Boot on")
    predicted_path = _prediction(report, new.disk, "--uefi-config", config)
    copy_sparse(new.disk, same_tpm.disk)
    shutil.copytree(new.tpm, same_tpm.tpm, dirs_exist_ok=True)
    with t.machine(same_tpm) as vm:
        t.asks(vm, "the same TPM behind the keys of the report's machine", "PCR 7 ")
        vm.pull_the_plug()
    with t.machine(new) as vm:
        t.opens_by_itself(vm, "the first boot with the keys of the JSON")
        t.says("the TPM has released the key", vm.console(), "root_crypt: first boot: the TPM has released the key")
        for name, content in keys.items():
            t.ok("the firmware holds the JSON's %s" % name, vm.read(firmware.path_in_guest(name))[4:] == content)
        _measures(t, vm, predicted_path)
        vm.pull_the_plug()
