"""The few commands of QEMU's machine protocol that a scenario needs."""
import json
import socket


class Qmp:
    def __init__(self, sock, timeout=60):
        self.sock = sock
        self.sock.settimeout(timeout)
        self.file = sock.makefile("rwb")
        self.events = []  # those that came while a reply was awaited
        self._reply_with("QMP")
        self("qmp_capabilities")

    def _reply_with(self, *keys):
        while True:
            line = self.file.readline()
            if not line:
                raise ConnectionError("QEMU closed its control socket")
            reply = json.loads(line)
            if "error" in reply:
                raise RuntimeError("QEMU: %s" % reply["error"].get("desc"))
            if any(key in reply for key in keys):
                return reply
            self.events.append(reply)

    def __call__(self, command, **arguments):
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        self.file.write(json.dumps(request).encode() + b"\n")
        self.file.flush()
        return self._reply_with("return")["return"]

    def _migration(self, command, seconds, **arguments):
        """Returns when all of the machine's state has been written or read."""
        before = self.sock.gettimeout()
        self.sock.settimeout(seconds)
        self("migrate-set-capabilities", capabilities=[{"capability": "events", "state": True}])
        self.events.clear()
        self(command, **arguments)
        while True:
            event = self.events.pop(0) if self.events else self._reply_with("event")
            status = event["data"].get("status") if event["event"] == "MIGRATION" else None
            if status == "failed":
                raise RuntimeError("QEMU: %s failed" % command)
            if status == "completed":
                break
        self.sock.settimeout(before)

    def save_to(self, command, seconds=600):
        """Stops the machine and writes memory and devices, the TPM included, into a shell command."""
        self("stop")
        self("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        self._migration("migrate", seconds, uri="exec:" + command)

    def load_from(self, command, seconds=600):
        """The opposite, in a QEMU that was started with `-incoming defer`; the machine goes on."""
        self._migration("migrate-incoming", seconds, uri="exec:" + command)
        self("cont")

    def reset(self):
        """What the reset button does: no warning to the guest."""
        self("system_reset")

    def quit(self):
        try:
            self("quit")
        except (ConnectionError, socket.timeout, OSError):
            pass

    def close(self):
        self.file.close()
        self.sock.close()
