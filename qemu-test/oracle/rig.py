"""A machine with Secure Boot and a software TPM that boots a case and hands back its event log."""
import base64
import gzip
import os
import pathlib
import re
import select
import shutil
import subprocess
import tempfile
import threading
import time

FIRMWARE = "/usr/share/OVMF/OVMF_CODE_4M.ms.fd"
VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"
VARIABLES_WITHOUT_KEYS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
BOOT_SECONDS = 400
DATE = 1700000000

# tests/grub/common/machine describes the same disk to the model
ESP_SERIAL = "1234abcd"
BOOT_UUID = "11111111-2222-3333-4444-555555555555"
SECTORS = {"esp": (2048, 131072), "boot": (133120, 131072), "luks": (264192, 4096)}
DISK_MB = 132

INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc p /proc; $b mount -t sysfs s /sys; $b mount -t devtmpfs d /dev
$b mount -t securityfs x /sys/kernel/security
echo 1 > /proc/sys/kernel/printk
exec > /dev/ttyS0 2>&1 < /dev/ttyS0
i=0
while [ $i -lt 50 ] && ! [ -s /sys/kernel/security/tpm0/binary_bios_measurements ]; do i=$((i + 1)); $b usleep 100000; done
echo LOG-BEGIN; $b gzip -c /sys/kernel/security/tpm0/binary_bios_measurements | $b base64; echo LOG-END
$b poweroff -f
"""

initrd_lock = threading.Lock()


class Failed(Exception):
    pass


class CutOff(Failed):
    pass


def run(*args, **kwargs):
    subprocess.run([str(a) for a in args], check=True, stdout=subprocess.DEVNULL, **kwargs)


def initrd(cache):
    """Reproducible, so that its digest can stand in the expectations."""
    path = cache / "initrd"
    with initrd_lock:
        if path.exists():
            return path
        with tempfile.TemporaryDirectory() as work:
            root = pathlib.Path(work)
            for name in ("bin", "proc", "sys", "dev"):
                (root / name).mkdir()
            shutil.copyfile("/bin/busybox", root / "bin/busybox")
            (root / "init").write_text(INIT)
            for file in sorted(root.rglob("*")) + [root]:
                file.chmod(0o755)
                os.utime(file, (DATE, DATE))
            names = "".join(f"{file.relative_to(root)}\n" for file in sorted(root.rglob("*")))
            archive = subprocess.run(["cpio", "-o", "-H", "newc", "--reproducible", "--quiet", "-R", "0:0"],
                                     cwd=root,
                                     input=names.encode(), capture_output=True, check=True).stdout
        path.write_bytes(gzip.compress(archive, 6, mtime=DATE))
    return path


def copy_tree(source, target):
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    for path in [target, *target.rglob("*")]:
        if not path.is_symlink():
            stamp = DATE + (86400 if "newer" in path.name else 0)
            os.utime(path, (stamp, stamp))


def make_disk(case, suite, work, cache):
    disk = work / "disk.img"
    with open(disk, "wb") as f:
        f.truncate(DISK_MB << 20)
    table = "label: gpt\nlabel-id: 00000000-1111-2222-3333-444444444444\n"
    for name, kind in (("esp", "U"), ("boot", "L"), ("luks", "L")):
        start, size = SECTORS[name]
        table += f"start={start}, size={size}, type={kind}\n"
    run("sfdisk", "-q", disk, input=table.encode())

    esp = work / "esp"
    (esp / "EFI/BOOT").mkdir(parents=True)
    copy_tree(case.path.parent / "common/esp", esp)
    copy_tree(case.path / "esp", esp)
    shutil.copyfile(suite.shim, esp / "EFI/BOOT/BOOTX64.EFI")
    shutil.copyfile(suite.grub, esp / "EFI/BOOT/grubx64.efi")
    fat = f"{disk}@@{SECTORS['esp'][0] * 512}"
    run("mformat", "-i", fat, "-T", SECTORS["esp"][1], "-F", "-N", ESP_SERIAL, "-v", "ESP", "::")
    run("mcopy", "-s", "-m", "-i", fat, *sorted(esp.iterdir()), "::/")

    boot = work / "boot"
    boot.mkdir()
    shutil.copytree(suite.modules, boot / "grub/x86_64-efi",
                    ignore=lambda _, names: [n for n in names if not n.endswith((".mod", ".lst"))])
    (boot / "grub/x86_64-efi/moddep.lst").unlink()
    shutil.copyfile(suite.kernel, boot / "vmlinuz")
    shutil.copyfile(initrd(cache), boot / "initrd")
    copy_tree(case.path / "boot", boot)
    offset, size = (n * 512 for n in SECTORS["boot"])
    run("mke2fs", "-q", "-F", "-t", "ext4", "-U", BOOT_UUID, "-L", "boot", "-E", f"offset={offset}", "-d",
        boot, disk,
        f"{size >> 10}k", stderr=subprocess.DEVNULL)
    return disk


def make_extra_disk(work):
    """A disk that the firmware lists first: its partition has no file system."""
    disk = work / "extra.img"
    with open(disk, "wb") as f:
        f.truncate(8 << 20)
    run("sfdisk", "-q", disk, input=b"label: gpt\nstart=2048, size=4096, type=L\n")
    return disk


class Machine:
    def __init__(self, work, disks, variables):
        self.seen = b""
        (work / "tpm").mkdir()
        shutil.copyfile(variables, work / "vars.fd")
        socket = work / "tpm/sock"
        self.tpm = subprocess.Popen(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={work}/tpm", "--ctrl",
                                     f"type=unixio,path={socket}", "--terminate"],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not socket.exists():
            if self.tpm.poll() is not None:
                raise Failed("swtpm did not start")
            time.sleep(0.02)
        command = ["nice", "qemu-system-x86_64", "-machine", "q35,smm=on", "-accel", "tcg,thread=multi",
                   "-cpu", "max",
                   "-smp", "1", "-m", "512", "-nographic", "-no-reboot", "-net", "none",
                   "-global", "driver=cfi.pflash01,property=secure,value=on",
                   "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={FIRMWARE}",
                   "-drive", f"if=pflash,format=raw,unit=1,file={work}/vars.fd",
                   "-chardev", f"socket,id=c,path={socket}", "-tpmdev", "emulator,id=t,chardev=c",
                   "-device", "tpm-crb,tpmdev=t"]
        for disk in disks:
            command += ["-drive", f"file={disk},format=raw,if=virtio,cache=unsafe"]
        self.qemu = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT)

    def wait_for(self, pattern, deadline):
        while not (match := re.search(pattern, self.seen, re.S)):
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self.qemu.stdout], [], [], left)[0]
            more = os.read(self.qemu.stdout.fileno(), 65536) if ready else b""
            if not more:
                tail = re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", self.seen)[-400:].decode("ascii", "replace")
                kind = CutOff if b"LOG-BEGIN" in self.seen else Failed
                raise kind(f"no {pattern!r} came; the last on the console:\n{tail}")
            self.seen += more
        return match

    def type(self, keys):
        self.qemu.stdin.write(keys)
        self.qemu.stdin.flush()

    def close(self):
        for process in (self.qemu, self.tpm):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


KEYS = {"down": b"\x0e", "up": b"\x10", "enter": b"\r", "esc": b"\x1b", "end": b"\x05"}


def boot(case, suite):
    """The raw event log of one boot. On a very busy machine the power may go before the last of the log is
    out."""
    for left in (2, 1, 0):
        try:
            return boot_once(case, suite)
        except CutOff:
            if not left:
                raise


def boot_once(case, suite):
    with tempfile.TemporaryDirectory(prefix="oracle.") as name:
        work = pathlib.Path(name)
        disks = [make_disk(case, suite, work, suite.cache)]
        if case.setting("extra-disk") is not None:
            disks.insert(0, make_extra_disk(work))
        secure = case.setting("no-secure-boot") is None
        machine = Machine(work, disks, VARIABLES if secure else VARIABLES_WITHOUT_KEYS)
        try:
            deadline = time.monotonic() + BOOT_SECONDS
            for step in case.settings.get("keys", []):
                machine.wait_for(rb"GNU GRUB", deadline)
                machine.seen = b""
                for key in step.split():
                    time.sleep(0.3)
                    machine.type(KEYS[key])
            found = machine.wait_for(rb"LOG-BEGIN(.*?)LOG-END", deadline)
        finally:
            machine.close()
    return gzip.decompress(base64.b64decode(found.group(1)))
