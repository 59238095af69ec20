"""The VM's TPM on the host while the VM is off: tpm2-tools against a swtpm with the same state."""
import os
import socket
import subprocess
import time

from . import procs


class HostTpm:
    """`with HostTpm(state.tpm) as tpm: tpm.sh("tpm2_getcap ...")`. PCRs begin at their reset values."""

    def __init__(self, state_dir, folder):
        self.state_dir = state_dir
        self.folder = folder
        self.path = os.path.join(folder, "tpm.sock")

    def __enter__(self):
        self.swtpm = procs.start(["swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + self.state_dir,
                                  "--server", "type=unixio,path=" + self.path,
                                  "--ctrl", "type=unixio,path=" + self.path + ".ctrl",
                                  "--flags", "not-need-init,startup-clear"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while True:
            try:
                with socket.socket(socket.AF_UNIX) as probe:
                    probe.connect(self.path + ".ctrl")
                return self
            except OSError:
                if time.monotonic() > end or self.swtpm.poll() is not None:
                    procs.stop(self.swtpm)
                    raise
                time.sleep(0.02)

    def __exit__(self, *_):
        # an orderly end writes the state
        try:
            self.sh("tpm2_shutdown")
        finally:
            procs.stop(self.swtpm)

    def sh(self, script):
        env = dict(os.environ, TPM2TOOLS_TCTI="swtpm:path=" + self.path)
        return procs.run(["sh", "-ec", script], env=env, cwd=self.folder).decode("utf-8", "replace")
