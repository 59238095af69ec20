"""The serial console of a VM: everything that came, and waiting for something to come."""
import os
import re
import select
import socket
import time


# Timeouts are written for an idle machine; a busy one may be several times slower, and only a failure waits
# that long.
PATIENCE = float(os.environ.get("BOOTSEAL_VM_PATIENCE", "4"))


class SerialError(AssertionError):
    """What was awaited did not come. The message holds the tail of the console."""


class SerialTimeout(SerialError):
    """Nothing that was awaited, and nothing that must not come, came in time."""


# colour, cursor and mode sequences of the firmware's and GRUB's terminals
_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?=]*[ -/]*[@-~]|[()][0-9A-B]|[=>c])")


def plain(raw):
    """Console bytes as text without terminal control."""
    text = _ESCAPES.sub(b"", raw).replace(b"\r", b"").decode("utf-8", "replace")
    return re.sub(r"[ \ufffd]{8,}", "        ", text)  # an empty menu is thousands of blanks


def unwrapped(text):
    """Messages and rows of reports of ours in one line again, which are wrapped at a terminal."""
    return re.sub(r"\n(?: {2}| {13})(?=[^ \n])", " ", text)


class Serial:
    """One connected socket. `log` is all that was ever read, `at` how far expect() has consumed it."""

    def __init__(self, sock, log_path, alive):
        self.sock = sock
        self.alive = alive
        self.log = bytearray()
        self.at = 0
        self.open = True
        self.copy = open(log_path, "ab", buffering=0)

    def close(self):
        self.sock.close()
        self.copy.close()

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def _read(self, seconds):
        ready, _, _ = select.select([self.sock], [], [], max(0, seconds))
        if not ready:
            return
        try:
            data = self.sock.recv(65536)
        except (ConnectionError, socket.timeout):
            data = b""
        if not data:
            self.open = False
            return
        self.log += data
        self.copy.write(data)

    def drain(self):
        """Take what is there now."""
        before = -1
        while self.open and before != len(self.log):
            before = len(self.log)
            self._read(0)

    def expect(self, *patterns, timeout=300, reject=()):
        """Wait until one of the patterns (bytes) shows up after the last match.

        Returns (number of the pattern, match). Of several that match, the one that starts first wins.
        A pattern of `reject` that shows up first is a failure.
        """
        wanted = [re.compile(p, re.S) for p in (*patterns, *reject)]
        end = time.monotonic() + timeout * PATIENCE
        while True:
            found = [(m.start(), i, m) for i, p in enumerate(wanted) if (m := p.search(self.log, self.at))]
            if found:
                _, number, match = min(found, key=lambda f: f[:2])
                if number >= len(patterns):
                    raise SerialError(self.failure("saw %r, which must not come, while waiting for %r"
                                                    % (match.group(0), patterns)))
                self.at = match.end()
                return number, match
            if not self.open or not self.alive():
                raise SerialError(self.failure("the machine went away while waiting for %r" % (patterns,)))
            left = end - time.monotonic()
            if left <= 0:
                raise SerialTimeout(self.failure("%r did not come in %d s" % (patterns, timeout * PATIENCE)))
            self._read(min(left, 5))

    def failure(self, what):
        """The words and the tail of the console."""
        tail = "\n".join("    | " + line for line in plain(bytes(self.log[-6000:])).splitlines()[-40:])
        return "%s; the console ends with\n%s" % (what, tail)
