"""Runs tests/bench/reseal-here in a VM that is enrolled and has two kernels. Not a scenario: it states nothing."""
import os

from lib import images

HERE = os.path.dirname(os.path.abspath(__file__))


def scenario(t):
    t.start_from(images.upgraded())
    with t.machine() as vm:
        t.opens_by_itself(vm, "the machine of the measurement")
        with open(os.path.join(HERE, "reseal-here"), "rb") as script:
            vm.write("/root/reseal-here", script.read())
        vm.run("command -v openssl || apt-get install -y openssl")
        print("reseal: " + vm.run("sh /root/reseal-here").strip())
