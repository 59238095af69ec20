"""Faults on a running machine and power cuts: each is counted, and what was said about the next boot is
compared with that boot."""
import contextlib
import os
import re
import secrets
import time
import zlib

from .disk import Disk
from .guest import OPENED, PASSPHRASE, PROMPT
from .serial import PATIENCE, SerialError

HEADER_COPY = 16384  # bytes: binary header and JSON area, as cryptsetup makes them by default
SET_UP = rb"cryptsetup: cryptroot: set up successfully"
OPENS, ASKS, NOT_KNOWN = "unlocks automatically", "asks for the passphrase", "not known"


class Faults:
    """`with Faults(t) as faults:` prints the tallies at its end, however it ends."""

    def __init__(self, t):
        self.t = t
        self.injected = self.not_survived = self.cuts = self.lost = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        print("# tally faults %d %d" % (self.injected, self.not_survived), flush=True)
        print("# tally cut-points %d %d" % (self.cuts, self.lost), flush=True)

    @contextlib.contextmanager
    def one(self, number=1):
        """Around one fault (or several at once) and every statement about it: it is survived when all of them
        hold."""
        self.injected += number
        failed = self.t.failed
        good = False
        try:
            yield
            good = self.t.failed == failed
        finally:
            self.not_survived += 0 if good else number

    # --- what the next boot does

    def next_boot(self, vm, what, then=None):
        """A copy of the machine as it is now is switched on: does it unlock automatically? At a prompt, the
        passphrase has to open it. then(copy) may go on at its shell."""
        with self.t.after_power_cut(vm) as copy:
            number, _ = copy.boots_to(OPENED, PROMPT)
            if number == 1:
                copy.answer()
                copy.serial.expect(SET_UP, timeout=60)
                self.t.ok(what + ": at the prompt the passphrase opens it", True)
            if then:
                copy.wait_for_shell(prompt_is_an_error=False)
                then(copy)
        return ASKS if number else OPENS

    def cut(self, vm, what, allowed=(OPENS, ASKS), then=None):
        """The power fails at this moment of whatever vm is doing. Returns how the boot after it goes."""
        self.cuts += 1
        self.lost += 1
        way = self.next_boot(vm, "power cut " + what, then)
        self.lost -= 1
        self.t.ok("power cut %s: the next boot %s" % (what, way), way in allowed, "allowed: %s" % (allowed,))
        return way

    # --- what was said about it

    def said(self, vm, what, hook=""):
        """What hook, check and status say about the next boot, as one of the words above; they have to
        agree."""
        check, status = vm.try_run("bootseal check"), vm.try_run("bootseal status")
        word = word_of(check.out)
        self.t.ok("%s: check and status say the same: %s" % (what, word), word_of(status.out) == word
                  and agrees(check.status, word)
                  and agrees(status.status, word), "check: %r\nstatus: %r" % (check, status))
        if hook:
            self.t.ok("%s: and so does the hook" % what, word_of(hook) == word, hook)
        return word

    def said_and_done(self, vm, what, expected=None, hook=""):
        """What is said is what happens after a power cut now, and that is `expected`, if given."""
        word = self.said(vm, what, hook)
        # what was changed by hand a moment ago may still be in memory only, and the boot would not see it
        vm.try_run("timeout 60 sync")
        done = self.next_boot(vm, what)
        self.t.ok("%s: the next boot %s, and that was said" % (what, done), done == (expected or done)
                  and word in (done, NOT_KNOWN),
                  "said: %s; expected: %s" % (word, expected))
        return done

    def healed(self, vm, what, command, timeout=900):
        """One command, and the next boot will unlock automatically; nothing else was lost."""
        result = vm.try_run(command, timeout)
        self.t.ok("%s: `%s` ends well" % (what, command), result.status == 0, result)
        word = self.said(vm, what + ", healed")
        self.t.ok(what + ", healed: the next boot will unlock automatically", word == OPENS, word)
        return result

    def keys_open(self, vm, what, recovery_key=None):
        """The passphrase and, where there is one, the recovery key."""
        open_root = "printf '%s' | cryptsetup open --test-passphrase --key-file - /dev/disk/by-partlabel/root"
        result = vm.try_run(open_root % PASSPHRASE)
        self.t.ok(what + ": the passphrase still opens the volume", result.status == 0, result)
        if recovery_key:
            result = vm.try_run("printf '%s' | bootseal recovery-key --test --key-file -" % recovery_key)
            self.t.ok(what + ": the recovery key still opens it", result.status == 0, result)


def word_of(text):
    """What a command of ours says about the next boot."""
    if re.search(r"(?m)^Next boot +UNKNOWN|^Unknown: |cannot tell what the next boot will do", text):
        return NOT_KNOWN
    if re.search(r"(?m)^Next boot .*(WILL ASK|WILL PROBABLY ASK)|^No: the next boot will ask", text):
        return ASKS
    if re.search(r"(?m)^Next boot .*\(default\) will unlock|^Yes: the next boot", text):
        return OPENS
    return "nothing"


def agrees(status, word):
    return (status == 0) == (word == OPENS)


def make_recovery_key(vm):
    return vm.run("printf '%s' | bootseal recovery-key --key-file - 2>/dev/null | cat" % PASSPHRASE).strip()


class Writes:
    """What was written to the LUKS header and the TPM's memory, seen from outside: by looking at the disk and
    at swtpm's file."""

    def __init__(self, vm):
        self.vm = vm
        self.start = Disk(vm.state.disk).start["root"]
        self.before = self._look()

    def _look(self):
        with open(self.vm.state.disk, "rb") as file:
            file.seek(self.start)
            copies = [zlib.crc32(file.read(HEADER_COPY)) for _ in range(2)]
        tpm = self.vm.state.tpm
        times = [os.stat(os.path.join(tpm, n)).st_mtime_ns for n in sorted(os.listdir(tpm))
                 if n.endswith(".permall")]
        return {"the header's first copy": copies[0], "its second copy": copies[1], "the TPM": times}

    def changed(self):
        """What has changed since the last call, in words; empty when nothing has."""
        now = self._look()
        words = " and ".join(name for name in now if now[name] != self.before[name])
        self.before = now
        return words

    def wait(self, timeout=300):
        """Until something is written."""
        give_up = time.monotonic() + timeout * PATIENCE
        while not (words := self.changed()):
            if time.monotonic() > give_up:
                raise SerialError("nothing was written to header or TPM")
            time.sleep(0.001)
        return words


def writes_of(vm, command, timeout=600, quiet=None):
    """Runs a command in vm; stops for the caller after each write to the LUKS header or to the TPM's memory,
    and says which it was. Also once each time that nothing was written for `quiet` seconds."""
    mark = secrets.token_hex(8)
    writes = Writes(vm)
    vm.type_line("%s; printf '\\n%%s-%s-%%d\\n' end $?" % (command, mark))
    end = re.compile(b"end-" + mark.encode() + rb"-(\d+)\r?\n")
    give_up = time.monotonic() + timeout * PATIENCE
    said_quiet = quiet and time.monotonic() + quiet
    while not (match := end.search(vm.serial.log, vm.serial.at)):
        if time.monotonic() > give_up:
            raise SerialError("`%s` did not end" % command)
        vm.serial.drain()
        if words := writes.changed():
            yield words
            said_quiet = quiet and time.monotonic() + quiet
        elif said_quiet and time.monotonic() > said_quiet:
            said_quiet = None
            yield "nothing for a while"
        time.sleep(0.001)
    vm.serial.at = match.end()
    if match.group(1) != b"0":
        raise SerialError("`%s` ended with %s" % (command, match.group(1).decode()))
