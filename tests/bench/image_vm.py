"""How long `bootseal image encrypt` takes for an image of 4 GB, beside a copy of the file, and beside what there is without it:
the image as a disk of a running machine, made smaller by resize2fs and encrypted by `cryptsetup reencrypt`. Both are
emulated, by the same emulator. Not a scenario: it states nothing."""
import os
import time

from lib import cloud, procs, provisioned, steps
from lib.debian import BOOKWORM
from lib.vm import copy_sparse

HEADER_MIB = 32  # what reencrypt wants to have; half of it is given back
BY_HAND = """
	set -e; printf %%s 'a passphrase' >/run/passphrase; part=/dev/vdb1
	e2fsck -f -y $part; blocks=$(($(blockdev --getsz $part) / 2048 - %d))
	resize2fs $part ${blocks}M
	cryptsetup reencrypt -q --encrypt --type luks2 --reduce-device-size %dM --key-file /run/passphrase $part
	sync
""" % (HEADER_MIB, HEADER_MIB)


def scenario(t):
    t.start_from(cloud.clear(BOOKWORM, "root"))
    image, passphrase = (os.path.join(t.work, name) for name in ("image", "passphrase"))
    with open(passphrase, "w", encoding="utf-8") as file:
        file.write("a passphrase")
    copy_sparse(t.state.disk, image)
    copied = _seconds(lambda: procs.run(["cp", "--sparse=never", "--reflink=never", image, image + ".copy"], timeout=1200))
    encrypted = _seconds(lambda: procs.run([provisioned.BOOTSEAL, "image", "encrypt", "--key-file", passphrase, "--output",
                                            image + ".new", image], timeout=7200))
    with t.machine(disks=[image]) as vm:
        vm.wait_for_shell()
        by_hand = _seconds(lambda: vm.run(BY_HAND, steps.LONG))
        vm.pull_the_plug()
    mib = os.path.getsize(image) >> 20
    print("image: %d MiB: image encrypt %d s (%.1f MiB/s), cryptsetup reencrypt %d s, ratio %.2f; a copy of the file %.1f s" %
          (mib, encrypted, mib / encrypted, by_hand, encrypted / by_hand, copied))


def _seconds(work):
    start = time.monotonic()
    work()
    return time.monotonic() - start
