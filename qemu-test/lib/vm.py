"""One virtual machine: real OVMF with Secure Boot and Microsoft's keys, a swtpm, a disk, a serial console.

A VM works on copies of disk, firmware variables and TPM state in its own directory, which goes away with it.
"""
import os
import shlex
import shutil
import socket
import time

from . import procs
from .guest import Guest
from .qmp import Qmp
from .serial import Serial, plain, unwrapped

OVMF_CODE = "/usr/share/OVMF/OVMF_CODE_4M.ms.fd"
OVMF_VARS = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"
MEMORY_MB = int(os.environ.get("BOOTSEAL_VM_MEMORY", "1280"))
CPUS = os.environ.get("BOOTSEAL_VM_CPUS", "1")


def copy_sparse(source, target):
    procs.run(["cp", "--sparse=always", "--reflink=auto", source, target])


class State:
    """The files that are a machine: disk.img, vars.fd and the directory tpm; of one that is running and
    stands still, memory and console (what was on it since it was switched on), too."""

    def __init__(self, folder):
        self.folder = folder
        self.disk = os.path.join(folder, "disk.img")
        self.vars = os.path.join(folder, "vars.fd")
        self.tpm = os.path.join(folder, "tpm")
        self.memory = os.path.join(folder, "memory")
        self.console = os.path.join(folder, "console")

    def copy_to(self, folder):
        os.makedirs(folder, exist_ok=True)
        copy = State(folder)
        copy_sparse(self.disk, copy.disk)
        shutil.copyfile(self.vars, copy.vars)
        shutil.rmtree(copy.tpm, ignore_errors=True)
        shutil.copytree(self.tpm, copy.tpm)
        return copy


def new_state(folder, disk):
    """A machine that was never started: Microsoft's keys, an empty TPM, the given disk."""
    state = State(folder)
    os.makedirs(state.tpm, exist_ok=True)
    if disk != state.disk:
        copy_sparse(disk, state.disk)
    shutil.copyfile(OVMF_VARS, state.vars)
    return state


class Machine(Guest):
    """A running VM. Use as a context manager; `with Machine(state, log) as vm`."""

    def __init__(self, state, log_path, tpm=True, disks=(), first_disks=(), clock="utc", firmware=(),
                 resume=None):
        self.state = state
        self.log_path = log_path
        self.with_tpm = tpm
        self.disks = disks
        self.first_disks = first_disks
        self.clock = clock  # what the battery-backed clock says at power on
        self.firmware = firmware  # further arguments of QEMU, for what the guest finds in its firmware
        self.resume = resume  # the State whose memory it has, of which `state` is a copy
        self.qemu = self.swtpm = self.serial = self.qmp = None
        self.power_on_at = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_):
        self.kill()

    def _start(self):
        ours_serial, serial = socket.socketpair()
        ours_qmp, control = socket.socketpair()
        passed = [serial, control]
        tpm_args = []
        if self.with_tpm:
            tpm_side, qemu_side = socket.socketpair()
            fd = tpm_side.fileno()
            log = open(self.log_path + ".swtpm", "ab")
            with log:
                self.swtpm = procs.start(
                    ["swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + self.state.tpm,
                     "--ctrl", "type=unixio,clientfd=%d" % fd, "--terminate"],
                    pass_fds=[fd], stdout=log, stderr=log)
            tpm_side.close()
            passed.append(qemu_side)
            tpm_args = ["-chardev", "socket,id=tpm,fd=%d" % qemu_side.fileno(),
                        "-tpmdev", "emulator,id=tpm0,chardev=tpm", "-device", "tpm-crb,tpmdev=tpm0"]
        argv = ["qemu-system-x86_64", "-machine", "q35,smm=on", "-accel", "tcg,thread=multi", "-cpu", "max",
                "-smp", CPUS, "-m", str(MEMORY_MB), "-display", "none", "-nodefaults", "-vga", "none",
                "-global", "driver=cfi.pflash01,property=secure,value=on",
                "-drive", "if=pflash,format=raw,unit=0,readonly=on,file=" + OVMF_CODE,
                "-drive", "if=pflash,format=raw,unit=1,file=" + self.state.vars,
                "-device", "virtio-rng-pci", "-rtc", "base=" + self.clock,
                "-chardev", "socket,id=serial,fd=%d" % serial.fileno(), "-serial", "chardev:serial",
                "-chardev", "socket,id=qmp,fd=%d" % control.fileno(), "-mon", "chardev=qmp,mode=control",
                *tpm_args, *self._disk_args(),
                "-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile=", *self.firmware]
        if self.resume:
            argv += ["-incoming", "defer"]
        err = open(self.log_path + ".qemu", "ab")
        with err:
            self.qemu = procs.start(argv, pass_fds=[s.fileno() for s in passed], stdout=err, stderr=err)
        self.power_on_at = time.monotonic()
        for s in passed:
            s.close()
        self.serial = Serial(ours_serial, self.log_path, lambda: self.qemu.poll() is None)
        try:
            self.qmp = Qmp(ours_qmp)
        except ConnectionError as e:
            with open(self.log_path + ".qemu", encoding="utf-8", errors="replace") as said:
                raise RuntimeError("QEMU did not start: " + said.read()[-2000:]) from e
        self.reset_console()
        if self.resume:
            self._resume()

    def _resume(self):
        with open(self.resume.console, "rb") as console:
            self.serial.log += console.read()
        self.serial.at = len(self.serial.log)
        self.qmp.load_from("zstd -q -d -c " + shlex.quote(self.resume.memory))
        self.refresh()

    def suspend(self):
        """Writes memory and console beside the machine's other files, for Machine(resume=...); this one is
        over then."""
        self.serial.drain()
        with open(self.state.console, "wb") as console:
            console.write(self.serial.log[self.boot_starts_at:])
        self.qmp.save_to("zstd -q -1 >" + shlex.quote(self.state.memory))
        self.pull_the_plug()

    def _disk_args(self):
        args = []
        disks = [*self.first_disks, self.state.disk, *self.disks]
        for number, path in enumerate(disks):
            args += ["-drive",
                     "if=none,id=d%d,format=raw,cache=unsafe,discard=unmap,file=%s" % (number, path),
                     "-device", "virtio-blk-pci,drive=d%d%s" % (number,
                                                                 ",bootindex=0" if path == self.state.disk
                                                                else "")]
        return args

    def wait_for_end(self, timeout=120):
        """Wait until the guest has switched itself off."""
        try:
            self.serial.expect(rb"\Z(?!)", timeout=timeout)
        except AssertionError:
            # QEMU may have ended a moment before its console is seen to close
            if self.serial.open and self.serial.alive():
                raise
        self.qemu.wait(timeout)
        self._after_end()

    def power_off(self):
        """An orderly shutdown, as `poweroff` does it."""
        self.type_line("systemctl poweroff")
        self.wait_for_end()

    def pull_the_plug(self):
        """Power loss. What the guest had not written is gone."""
        self.qmp.quit()
        self.qemu.wait(30)
        self._after_end()

    def _after_end(self):
        if self.swtpm:
            self.swtpm.wait(30)
        self.kill()

    def kill(self):
        for child in (self.qemu, self.swtpm):
            if child:
                procs.stop(child)
        if self.qmp:
            self.qmp.close()
        if self.serial:
            self.serial.drain()
            self.serial.close()
        self.qmp = None

    def seconds(self):
        return time.monotonic() - self.power_on_at

    def console(self):
        """The console of this boot so far, as text."""
        self.serial.drain()
        return unwrapped(plain(bytes(self.serial.log[self.boot_starts_at:])))
