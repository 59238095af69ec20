"""The few commands of QEMU's machine protocol that a scenario needs."""
import json
import socket


class Qmp:
    def __init__(self, sock, timeout=60):
        self.sock = sock
        self.sock.settimeout(timeout)
        self.file = sock.makefile("rwb")
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

    def __call__(self, command, **arguments):
        request = {"execute": command}
        if arguments:
            request["arguments"] = arguments
        self.file.write(json.dumps(request).encode() + b"\n")
        self.file.flush()
        return self._reply_with("return")["return"]

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
