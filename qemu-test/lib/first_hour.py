"""Somebody's first hour with bootseal: README's commands, word for word, at the console of a machine as Debian's installer
leaves it. The packages come from a repository that `make repo` makes and a web server with a certificate; what is Debian's from
Debian."""
import os
import re
import ssl

from . import images, installed, procs
from .debian_root import suites
from .guests_view import booted_up
from .repo import Served
from .steps import LONG

NAME = "packages.example.org"
KEY = rb"Recovery key +((?:\d{6} ){7}\d{6})"


class Published(Served):
    """What `make repo` makes of a package, served by https under a name of its own, which the guest has to be given
    (guest_knows), by a server that an authority vouches for which only this site has."""

    def __init__(self, folder, deb):
        self.certificate, key = folder + ".crt", folder + ".key"
        procs.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                   "-subj", "/CN=" + NAME, "-addext", "subjectAltName=DNS:" + NAME, "-out", self.certificate, "-keyout", key])
        os.makedirs(folder)
        super().__init__(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = "https://%s:%d" % (NAME, self.port)
        home = folder + ".gpg"
        procs.run([os.path.join(images.ROOT, "debian", "repo"), folder, self.address, deb], env=dict(os.environ, BOOTSEAL_REPO_KEY=home))
        procs.run(["gpgconf", "--homedir", home, "--kill", "all"])

    def guest_knows(self, vm):
        """Its name, and its authority, as the machines of a site that has one do. The guest has ca-certificates."""
        vm.run("echo '10.0.2.2 %s' >>/etc/hosts" % NAME)
        with open(self.certificate, "rb") as file:
            vm.write("/usr/local/share/ca-certificates/site.crt", file.read())
        vm.run("update-ca-certificates", 600)


def _blocks():
    """The commands below "Install it": to build it, to install it from a repository, to begin."""
    with open(os.path.join(images.ROOT, "README.md"), encoding="utf-8") as file:
        text = re.search(r"\n## Install it\n(.*?)\n## ", file.read(), re.S).group(1)
    return [[re.sub(r" +#.*| +$", "", line.strip()) for line in block.splitlines()] for block in re.findall(r"(?:^    .*\n)+", text, re.M)]


def hour(t, release):
    t.start_from(installed.installed(release))
    with Published(os.path.join(t.work, "repo"), release.deb()) as repo, t.machine(firmware=installed.DISPLAY) as vm:
        vm.boot_with_passphrase()
        _, install, begin = _blocks()
        t.ok("the page says how to install from a repository, and three commands", len(install) == 3 and
             [line.split()[:2] for line in begin] == [["bootseal", name] for name in ("enroll", "check", "explain")], (install, begin))
        _online(vm, release)
        _install(t, vm, repo, install)
        _begin(t, vm, begin)
        vm.reboot()
        t.opens_by_itself(vm, "reboot")
        booted_up(vm)
        _answers(t, vm, begin, "The TPM unlocked this boot")
        _goes_again(t, vm)
        vm.power_off()


def _online(vm, release):
    """As the installer leaves its network and its sources."""
    vm.write("/etc/apt/sources.list", "\n".join(suites(release.name)) + "\n")
    vm.run("net-up && ip route add default via 10.0.2.2 && echo nameserver 10.0.2.3 >/etc/resolv.conf")


def _install(t, vm, repo, commands):
    for line in commands:
        if NAME not in line and "curl -fs" in line:
            repo.guest_knows(vm)
        line = line.replace("https://...", repo.address)
        said = vm.try_run("export DEBIAN_FRONTEND=noninteractive; " + line, LONG)
        t.ok("'%s' ends well" % line, said.status == 0, said)
    t.says("the package came by https from there", vm.run("apt-cache policy bootseal"), re.escape(repo.address))


def _begin(t, vm, commands):
    """At a terminal, as a person: the passphrase is asked for, the recovery key has to be typed back."""
    vm.type_line(commands[0] + "; echo enroll ended with $?")
    vm.serial.expect(rb"Passphrase [^:]*: ", timeout=LONG)
    vm.type_line("not " + images.PASSPHRASE)
    vm.serial.expect(rb"Passphrase [^:]*: ", timeout=LONG)
    vm.type_line(images.PASSPHRASE)
    _, key = vm.serial.expect(KEY, timeout=LONG)
    vm.serial.expect(rb"Type it to confirm: ", timeout=LONG)
    vm.type_line(key.group(1).decode())
    _, ended = vm.serial.expect(rb"enroll ended with (\d+)", timeout=LONG)
    t.ok("'bootseal enroll' ends well", ended.group(1) == b"0", vm.console()[-6000:])
    said = vm.console()[-6000:]
    t.says("and says what the next boot will do", said, "will unlock automatically")
    _answers(t, vm, commands, "This boot began before the machine was enrolled")


def _answers(t, vm, commands, this_boot):
    for line, words in zip(commands[1:], ("Yes: the next boot will unlock automatically", this_boot)):
        said = vm.try_run(line, LONG)
        t.says("'%s' says: %s" % (line, words), said.out, words, never=["do not type"])
        t.ok("and ends with 0", said.status == 0, said)


def _goes_again(t, vm):
    said = vm.try_run("bootseal remove", LONG)
    t.ok("'bootseal remove' ends well", said.status == 0, said)
    said = vm.try_run("DEBIAN_FRONTEND=noninteractive apt-get purge -y --autoremove bootseal", LONG)
    t.ok("and purge", said.status == 0, said)
    left = vm.try_run("ls -d /etc/bootseal /var/lib/bootseal /usr/lib/bootseal 2>/dev/null; for initrd in /boot/initrd.img-*; do lsinitramfs $initrd | grep bootseal | grep -v ^scripts/; done")
    t.ok("of which nothing is left, but scripts in the initrds, which end at once without the program", not left.out.strip(), left)
