"""What a person does at the console of the VM: wait for it, answer the prompt, log in, run commands."""
import base64
import gzip
import re
import secrets
import time

from .serial import SerialError, SerialTimeout, plain

PASSPHRASE = "correct horse"
# plymouth leaves no blank after it, and writes it anew for each key
PROMPT = rb"(?<!\x1b\[2K\r)Please unlock disk [^\r\n:]*:"
STANDSTILL = 90  # seconds, as Serial.expect() takes them
OPENED = rb"bootseal: [^\r\n: ]+: unlocked by the TPM"
SHELL = rb"root@vm:[^\r\n]*# "
EMERGENCY = rb"You are in (?:emergency|rescue) mode|Cannot open access to console, the root account is locked"


class CommandFailed(AssertionError):
    pass


class EmergencyMode(SerialError):
    """Past the initramfs the system did not start: nobody logs in, and nothing that is awaited comes."""


class Result:
    def __init__(self, status, out):
        self.status = status
        self.out = out

    def __repr__(self):
        return "exit status %d, output:\n%s" % (self.status, self.out)


class Guest:
    """Mixed into Machine: needs self.serial, self.qmp."""

    def reset_console(self):
        """A boot begins: what was on the console before belongs to another one."""
        self.serial.drain()
        self.boot_starts_at = self.serial.at = len(self.serial.log)
        self.boot_began = time.monotonic()

    # --- booting

    def boots_to(self, *patterns, timeout=300, reject=()):
        """As Serial.expect(), from power on. In CI the emulator was once seen to stand still while GRUB
        loaded the kernel, long before anything of ours runs: then the machine is reset, once, and it is
        said."""
        try:
            return self._expect(patterns, min(timeout, STANDSTILL), reject)
        except SerialTimeout:
            if self._stands_in_grub():
                registers = self.qmp("human-monitor-command", **{"command-line": "info registers"})
                print("# the emulator stands still in GRUB and is reset; %s"
                      % (re.findall(r"RIP=\w+", registers) or registers), flush=True)
                self.hard_reset()
        return self._expect(patterns, timeout, reject)

    def _expect(self, patterns, timeout, reject):
        number, match = self.serial.expect(*patterns, EMERGENCY, timeout=timeout, reject=reject)
        if number == len(patterns):
            raise EmergencyMode(self.serial.failure(
                "the machine is in systemd's emergency mode: a file system of its fstab cannot be mounted, or "
                "something else that the boot needs has failed"))
        return number, match

    def _stands_in_grub(self):
        text = plain(bytes(self.serial.log[self.boot_starts_at:]))
        return re.search(r"Loading Linux [^\n]*\s*$", text) is not None

    def wait_for_prompt(self, timeout=300):
        """The boot asks for the passphrase. Reaching the login instead is a failure."""
        self.boots_to(PROMPT, timeout=timeout, reject=[SHELL])
        self.prompt_after = time.monotonic() - self.boot_began

    def answer(self, passphrase=PASSPHRASE):
        """Type the passphrase: the prompt switches echo off and discards what was typed before it is
        printed."""
        self.type_line(passphrase)

    def wait_for_shell(self, timeout=300, prompt_is_an_error=True):
        """The boot went through to root's shell, automatically unless told otherwise."""
        self.boots_to(SHELL, timeout=timeout, reject=[PROMPT] if prompt_is_an_error else [])
        self.shell_after = time.monotonic() - self.boot_began
        self._quiet_shell()

    def wait_until_opened(self, timeout=300):
        """Until the TPM has opened the root; a prompt instead is a failure."""
        self.boots_to(OPENED, timeout=timeout, reject=[PROMPT])

    def boot_with_passphrase(self):
        self.wait_for_prompt()
        self.answer()
        self.wait_for_shell()

    def asks_or_opens(self, timeout=300):
        """'prompt' or 'shell', whichever the boot comes to first."""
        number, _ = self.boots_to(PROMPT, SHELL, timeout=timeout)
        if number == 0:
            return "prompt"
        self._quiet_shell()
        return "shell"

    def reboot(self):
        """`reboot` in the guest; returns once the firmware has taken over."""
        self.type_line("systemctl reboot")
        self.serial.expect(rb"reboot: Restarting system|BdsDxe: ", timeout=180)
        self.reset_console()

    def hard_reset(self):
        self.qmp.reset()
        self.reset_console()

    def refresh(self):
        """After it was resumed: the time of now, and random numbers that others who resumed the same image do
        not have."""
        # 0x5207: RNDRESEEDCRNG, random(4); what is written is not used before
        self.run("date -s @%d && printf %s >/dev/urandom && perl -e 'open(F, \"</dev/urandom\") && ioctl(F, "
                 "0x5207, 0) or die'"
                 % (time.time(), secrets.token_hex(32)))

    # --- typing

    def type_line(self, text):
        self.serial.send(text + "\n")

    def _quiet_shell(self):
        """No echo, no prompt, and nothing more of the boot. Whatever resets the terminal while the boot still
        goes on throws typed lines away, so these two are repeated until they are answered."""
        # canonical-mode lines end at 4096 bytes, and an echo would look like output
        # what our programs say there is searched for words that a line break would part
        self._insist("stty -echo cols 1000; PS1=; PS2=; unset PROMPT_COMMAND; dmesg -n 1; "
                     "export PAGER=cat TERM=dumb", 15)
        self._insist("systemctl is-system-running --wait >/dev/null", 180, why="systemctl list-jobs --no-pager")

    def _insist(self, command, seconds, tries=6, why=""):
        """why: what tells those who read the log what it waits for."""
        for left in reversed(range(tries)):
            mark = secrets.token_hex(8)
            self.type_line("%s; printf '\\n%%s-%s\\n' quiet" % (command, mark))
            try:
                self.serial.expect(b"quiet-" + mark.encode() + rb"\r?\n", timeout=seconds)
                return
            except SerialError:
                if not left:
                    raise
                self.serial.send("\x03" + (why and why + "\n"))

    # --- commands

    def try_run(self, command, timeout=300):
        """Run shell text as root, its stdout and stderr together. Text may have several lines."""
        mark = "vm-%s" % secrets.token_hex(8)
        # the mark is put together in the guest so that no echo of this line can be taken for the answer
        begin, end = "b-" + mark, "e-" + mark
        self.type_line("printf '\\n%%s-%s\\n' b" % mark)
        for line in ("{ " + command + "\n} 2>&1 </dev/null").split("\n"):
            if len(line) > 4000:
                raise ValueError("a line of %d bytes is more than a terminal takes" % len(line))
            self.type_line(line)
        self.type_line("printf '\\n%%s-%s %%d\\n' e $?" % mark)
        self.serial.expect(begin.encode() + rb"\r?\n", timeout=timeout)
        start = self.serial.at
        _, match = self.serial.expect(rb"\r?\n" + end.encode() + rb" (\d+)\r?\n", timeout=timeout)
        out = bytes(self.serial.log[start:match.start()]).replace(b"\r", b"").decode("utf-8", "replace")
        return Result(int(match.group(1)), out)

    def run(self, command, timeout=300):
        """Run it and insist on exit status 0; returns its output."""
        result = self.try_run(command, timeout)
        if result.status:
            raise CommandFailed("%s\n  ended with %r" % (command, result))
        return result.out

    def read(self, path):
        """A file of the guest, as bytes."""
        text = self.run("test -r '%s' && gzip -c < '%s' 2>/dev/null | base64" % (path, path))
        return gzip.decompress(base64.b64decode(re.sub(r"\s", "", text)))

    def write(self, path, data):
        lines = base64.encodebytes(data if isinstance(data, bytes) else data.encode()).decode()
        self.run("base64 -d > '%s' <<'EOF'\n%sEOF" % (path, lines))
