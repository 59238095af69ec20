"""The life of a machine with encrypted volumes beside the root, which the running system opens: /home, /var and swap on a
second disk, data on a third, named in every way that crypttab knows. The same on each release."""
import os
import re

from . import installed, layouts, luks2, steps
from .guest import PROMPT
from .guests_view import booted_up
from .repo import Repo

ASKED = r"(?i)enter passphrase for disk"
HOME, VAR, SWAP, SCRATCH = "home-crypt", "var_crypt", "swap.crypt", "scratch"
DATA, SPARE = "srv-data", "spare"
UUID = "5ea1ab1e-0000-4000-8000-00000000000%d"
FORMAT = ("cryptsetup luksFormat -q --type luks2 --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file "
          "/run/passphrase")
# /var moves while it is used: what runs keeps its files, and the next boot has them all
PREPARE = """printf 'label: gpt\\nsize=64M, name=home\\nsize=420M, name=var\\nsize=64M, name=swap\\nsize=64M, name=scratch\\n' |
	sfdisk -q /dev/vdb
udevadm settle
format() { %(format)s --uuid "$3" ${4:-} "/dev/$1"; cryptsetup open --key-file /run/passphrase "/dev/$1" "$2"; }
format vdb1 %(home)s %(uuid1)s
format vdb2 %(var)s %(uuid2)s
format vdb3 %(swap)s %(uuid3)s
format vdc %(data)s %(uuid4)s "--label srv:data"
for name in %(home)s %(var)s %(data)s; do mkfs.ext4 -q "/dev/mapper/$name"; done
mkswap -q /dev/mapper/%(swap)s
udevadm settle
cat >>/etc/crypttab <<END
%(home)s PARTLABEL=home none luks,discard,nofail
%(var)s PARTUUID=$(blkid -s PARTUUID -o value /dev/vdb2) none luks
%(swap)s UUID=%(uuid3)s none luks
%(scratch)s /dev/disk/by-partlabel/scratch /dev/urandom swap,plain,cipher=aes-xts-plain64,size=256
%(data)s LABEL=srv:data none luks,nofail,%(patience)s
%(spare)s UUID=00000000-0000-4000-8000-000000000000 none luks,noauto
END
cat >>/etc/fstab <<END
/dev/mapper/%(home)s /home ext4 nofail 0 2
/dev/mapper/%(var)s /var ext4 defaults 0 2
/dev/mapper/%(swap)s none swap sw 0 0
/dev/mapper/%(scratch)s none swap sw 0 0
/dev/mapper/%(data)s /srv ext4 nofail,%(patience)s 0 2
END
mount /dev/mapper/%(home)s /home
mount /dev/mapper/%(data)s /srv
echo kept | tee /home/kept >/srv/kept
mount /dev/mapper/%(var)s /mnt
cp -a /var/. /mnt
umount /mnt
mount /dev/mapper/%(var)s /var
swapon /dev/mapper/%(swap)s
systemctl daemon-reload
"""
START = 1 << 20  # of the second disk's first partition, by sfdisk
HEADER = 16 << 20  # as luksFormat makes it
# the images give each disk a quarter of an hour, which is long to wait for one that is away
PATIENCE = "x-systemd.device-timeout=4min"
WORDS = {"format": FORMAT, "home": HOME, "var": VAR, "swap": SWAP, "scratch": SCRATCH, "data": DATA, "spare": SPARE,
         "patience": PATIENCE, "uuid1": UUID % 1, "uuid2": UUID % 2, "uuid3": UUID % 3, "uuid4": UUID % 4}


def life(t, release):
    """Somebody enrols a machine that has all this, reboots, upgrades the kernel, unplugs a disk, changes keys, reencrypts.
    An attacker puts a header of his own onto the second disk. At the end everything is removed again."""
    t.start_from(layouts.lvm(release))
    beside, data = (_disk(t, name, size) for name, size in (("beside.img", 640 << 20), ("data.img", 96 << 20)))
    with Repo(os.path.join(t.work, "repo"), [release.deb()]) as source, t.machine(disks=[beside, data]) as vm:
        vm.boot_with_passphrase()
        prepared = steps.script(vm, PREPARE % WORDS)
        t.ok("the second and the third disk are set up", prepared.status == 0, prepared)
        steps.install(t, source, vm)
        said = steps.enroll(t, vm)
        t.says("enroll names each volume", said.out, *(re.escape(name) + r" \(/dev/vd\w+\): the passphrase unlocks "
                                                       "keyslot 0; a key on the root" for name in (HOME, VAR, SWAP, DATA)))
        vm.reboot()
        _all_open(t, vm, "reboot")
        steps.is_trusted(t, vm, "after the reboot")
        new = vm.run("cat %s/names" % installed.NEWER).split()[1]
        steps.upgrade(t, vm, installed.NEWER, new)
        vm.reboot()
        _all_open(t, vm, "reboot into the new kernel")
        t.ok("it is the new kernel", vm.run("uname -r").strip() == new)
        steps.is_trusted(t, vm, "in the new kernel")
        _keys_change(t, vm)
        _one_is_taken_away_and_back(t, vm)
        vm.power_off()
    _a_disk_is_away(t, beside, data)
    _a_foreign_header(t, beside, data)
    _a_copy_of_a_header(t, beside, data)
    with t.machine(disks=[beside, data]) as vm:
        _all_open(t, vm, "with the real header back")
        _reencrypted(t, vm)
        vm.reboot()
        _all_open(t, vm, "enrolled again after reencryption")
        _asked_for_one(t, vm)
        removed = vm.try_run("bootseal remove", steps.LONG)
        t.ok("remove ends well", removed.status == 0, removed)
        left = vm.run("for d in /dev/vdb1 /dev/vdb2 /dev/vdb3 /dev/vdc; do cryptsetup luksDump $d | "
                      "grep -cE '^  [0-9]+: (luks2|bootseal)'; done; find /etc/bootseal /etc/systemd/system -name "
                      "'*bootseal.conf' -o -path '/etc/bootseal/*'")
        t.ok("nothing of ours is left", left.split() == ["1", "1", "1", "1"], left)
        vm.power_off()


def _disk(t, name, size):
    path = os.path.join(t.work, name)
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def _sources(vm):
    return {d: vm.run("findmnt -n -o SOURCE %s || true" % d).strip() for d in ("/home", "/var", "/srv")}


def _all_open(t, vm, when, data=True):
    t.opens_by_itself(vm, when)
    booted_up(vm)
    t.says("%s: nobody is asked" % when, vm.console(), never=[ASKED])
    wanted = {"/home": "/dev/mapper/" + HOME, "/var": "/dev/mapper/" + VAR, "/srv": "/dev/mapper/" + DATA if data else ""}
    found = _sources(vm)
    t.ok("%s: each file system is on its volume" % when, found == wanted, found)
    swaps = vm.run("for d in $(swapon --show=NAME --noheadings); do lsblk -n -d -o NAME $d; done").split()
    t.ok("%s: each swap is on" % when, {SWAP, SCRATCH} <= set(swaps), swaps)
    failed = vm.run("systemctl list-units --failed --plain --no-legend || true")
    t.ok("%s: no unit has failed" % when, not failed.strip(), failed)


def _keys_change(t, vm):
    """What an administrator does with keyslots and headers makes no difference."""
    done = steps.script(vm, """
printf 'another one' >/run/another
cryptsetup luksAddKey -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file /run/passphrase /dev/vdb1 /run/another
printf 'one more' >/run/more
for device in /dev/vdb1:/run/another:/run/more /dev/vda3:/run/passphrase:/run/passphrase; do
	cryptsetup luksChangeKey -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 \\
		--key-file "$(echo $device | cut -d: -f2)" "${device%%:*}" "${device##*:}"
done
cryptsetup luksHeaderBackup --header-backup-file /run/header /dev/vdb1
cryptsetup luksHeaderRestore -q --header-backup-file /run/header /dev/vdb1
""")
    t.ok("a passphrase is added and changed, the root's is changed, the header kept and written back", done.status == 0, done)
    told = vm.try_run("bootseal check", steps.LONG)
    t.ok("check says yes then", told.status == 0, told)


def _one_is_taken_away_and_back(t, vm):
    """The next boot that has this disk shows that it is enrolled again."""
    removed = vm.try_run("bootseal remove --volume " + DATA, steps.LONG)
    t.ok("remove --volume ends well", removed.status == 0, removed)
    ours = ("{ cryptsetup luksDump /dev/vdc; cat /etc/bootseal/volumes; find /etc/systemd/system -name '*bootseal.conf'; } | "
            "grep -E '^  1: luks2|bootseal-late|srv.*data|srv\\.mount' | grep -v '^Label:' || true")
    left = vm.run(ours)
    t.ok("its keyslot, its token, its record and the drop-ins are gone", not left.strip(), left)
    told = vm.try_run("bootseal check", steps.LONG)
    t.ok("check says yes, and that it asks, but not in the boot's way", told.status == 0 and DATA in told.out, told)
    again = steps.try_enroll(vm, "--volume " + DATA)
    t.ok("enroll --volume takes it in again", again.status == 0 and DATA in again.out, again)
    back = vm.run(ours)
    t.says("keyslot, token, record and drop-ins are there again", back, "1: luks2", "bootseal-late", "target srv-data ",
           r"systemd-cryptsetup@srv\\x2ddata", "srv.mount")


def _asked_for_one(t, vm):
    """Our keyslot of /var is gone: the header is the right one, so the passphrase is asked for, as systemd does it."""
    ours = vm.run("cryptsetup luksDump /dev/vdb2 | sed -n '/bootseal-late/,/Keyslot:/s/.*Keyslot: *//p'").strip()
    killed = steps.script(vm, "cryptsetup luksKillSlot -q --key-file /run/passphrase /dev/vdb2 %s\n" % ours)
    t.ok("the keyslot of /var is killed", killed.status == 0, killed)
    told = vm.try_run("bootseal check", steps.LONG)
    t.ok("check says that a keyslot is gone", told.status == 5 and VAR in told.out, told)
    vm.reboot()
    vm.wait_until_opened()
    vm.serial.expect(rb"(?i)enter passphrase for disk " + VAR.encode(), timeout=600, reject=[PROMPT])
    t.says("why it asks is on the console", vm.console(), "the key on the root does not open it")
    vm.type_line("correct horse")
    vm.wait_for_shell()
    found = _sources(vm)
    t.ok("the passphrase opens it", found["/var"] == "/dev/mapper/" + VAR, found)
    again = steps.try_enroll(vm)
    t.ok("enroll makes a new keyslot", again.status == 0, again)


def _a_disk_is_away(t, beside, data):
    with t.machine(disks=[beside]) as vm:
        _all_open(t, vm, "without the data disk", data=False)
        told = vm.try_run("bootseal check", steps.LONG)
        t.ok("check says yes without it", told.status == 0, told)
        vm.power_off()
    with t.machine(disks=[beside, data]) as vm:
        _all_open(t, vm, "with the data disk back")
        vm.power_off()


def _a_foreign_header(t, beside, data):
    """The attacker's volume has the UUID, and the passphrase is what the owner would type: still nothing is opened."""
    forged = luks2.format_on_host(t.work, "correct horse", UUID % 1)
    with open(beside, "r+b") as file:
        file.seek(START)
        real = file.read(len(forged))
        file.seek(START)
        file.write(forged)
    with t.machine(disks=[beside, data]) as vm:
        t.opens_by_itself(vm, "with a foreign header")
        booted_up(vm)
        t.says("with a foreign header: nobody is asked", vm.console(), never=[ASKED])
        found = _sources(vm)
        t.ok("with a foreign header: /home is not mounted, the others are",
             found == {"/home": "", "/var": "/dev/mapper/" + VAR, "/srv": "/dev/mapper/" + DATA}, found)
        t.ok("with a foreign header: it is not opened", HOME not in vm.run("ls /dev/mapper"))
        said = vm.run("journalctl -q -b --no-pager -o cat | grep -F bootseal || true")
        t.says("with a foreign header: the journal says why", said, re.escape(HOME) + " is not opened",
               "its LUKS2 header changed", "do not type its passphrase")
        told = vm.try_run("bootseal check", steps.LONG)
        t.ok("with a foreign header: check says no", told.status == 5 and HOME in told.out, told)
        vm.power_off()
    with open(beside, "r+b") as file:
        file.seek(START)
        file.write(real)


def _a_copy_of_a_header(t, beside, data):
    """A disk that comes first has the data disk's header, which is the enrolled one, but other data behind it. Which of the
    two is opened is chance; what is in use is the owner's or nothing."""
    copy = _disk(t, "copy.img", 96 << 20)
    with open(data, "rb") as real, open(copy, "r+b") as file:
        file.write(real.read(HEADER))
        file.write(os.urandom(32 << 20))
    with t.machine(first_disks=[copy], disks=[beside, data]) as vm:
        t.opens_by_itself(vm, "with a copy of a header")
        booted_up(vm)
        t.says("with a copy of a header: nobody is asked", vm.console(), never=[ASKED])
        found = _sources(vm)
        t.note("with a copy of a header /srv is %s" % (found["/srv"] or "not mounted"))
        t.ok("with a copy of a header: /srv is the owner's or not mounted, the others are", found["/home"] and found["/var"]
             and (not found["/srv"] or "kept" in vm.run("cat /srv/kept")), found)
        vm.power_off()


def _reencrypted(t, vm):
    done = steps.script(vm, "cryptsetup reencrypt -q --key-file /run/passphrase --key-slot 0 --pbkdf pbkdf2 "
                       "--pbkdf-force-iterations 1000 --resilience none /dev/vdb1\n")
    t.ok("the owner reencrypts /home", done.status == 0, done)
    told = vm.try_run("bootseal check", steps.LONG)
    t.ok("check says that it changed, and what to do", told.status == 5
         and "'bootseal enroll --volume %s' enrolls it again" % HOME in told.out, told)
    again = steps.try_enroll(vm)
    t.says("a plain enroll leaves it out, and says why", again.out, "left as it is: its LUKS2 header changed")
    again = steps.try_enroll(vm, "--volume " + HOME)
    t.ok("enroll --volume mends it", again.status == 0, again)
