"""Runs tests/bench/reseal-here in a VM that is enrolled and has two kernels: with the small initrds of our image, and with
those that Debian makes by default. Not a scenario: it states nothing."""
import os

from lib import images, steps

HERE = os.path.dirname(os.path.abspath(__file__))


def scenario(t):
    t.start_from(images.upgraded())
    with t.machine() as vm:
        t.opens_by_itself(vm, "the machine of the measurement")
        with open(os.path.join(HERE, "reseal-here"), "rb") as script:
            vm.write("/root/reseal-here", script.read())
        vm.run("command -v openssl || apt-get install -y openssl")
        _measure(vm, "small initrds")
        vm.run("rm /etc/initramfs-tools/conf.d/test-vm; update-initramfs -u -k all", steps.LONG)
        _measure(vm, "Debian's initrds")


def _measure(vm, what):
    print("reseal: %s: %s" % (what, vm.run("sh /root/reseal-here", steps.LONG).strip()))
