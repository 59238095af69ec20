"""A root file system of the attacker's own, and a volume of his own to put it in."""
import ctypes
import ctypes.util
import os
import shutil
import struct

from . import luks2, procs

ROOT_BYTES = 8 << 20
SAYS = "attacker's root runs"

_INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sysfs /sys
echo "%s; PCR 15 is $($b cat /sys/class/tpm/tpm0/pcr-sha256/15)."
$b poweroff -f
""" % SAYS


def root_image(folder):
    """A tiny ext4 whose init tells what PCR 15 holds, as bytes."""
    tree = os.path.join(folder, "attacker-root")
    for name in ("bin", "sbin", "proc", "sys", "dev", "run", "root", "etc"):
        os.makedirs(os.path.join(tree, name), exist_ok=True)
    shutil.copy(shutil.which("busybox"), os.path.join(tree, "bin", "busybox"))
    init = os.path.join(tree, "sbin", "init")
    with open(init, "w", encoding="utf-8") as file:
        file.write(_INIT)
    os.chmod(init, 0o755)
    image = os.path.join(folder, "attacker-root.img")
    procs.run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", tree, image, "%dk" % (ROOT_BYTES >> 10)])
    with open(image, "rb") as file:
        return file.read()


def encrypt_xts(data, key):
    """aes-xts-plain64 in 512-byte sectors from sector 0, as dm-crypt does it: this host's kernel has no
    dm-crypt."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
    crypto.EVP_CIPHER_CTX_new.restype = crypto.EVP_aes_256_xts.restype = ctypes.c_void_p
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    cipher = ctypes.c_void_p(crypto.EVP_aes_256_xts())
    out, length = ctypes.create_string_buffer(512 + 16), ctypes.c_int()
    sectors = []
    for number in range(len(data) // 512):
        iv = struct.pack("<QQ", number, 0)
        good = crypto.EVP_EncryptInit_ex(context, cipher, None, key, iv)
        good &= crypto.EVP_EncryptUpdate(context, out, ctypes.byref(length),
                                         data[number * 512:number * 512 + 512], 512)
        if not good or length.value != 512:
            raise RuntimeError("libcrypto did not encrypt")
        sectors.append(out.raw[:512])
    crypto.EVP_CIPHER_CTX_free(context)
    return b"".join(sectors)


def volume(folder, passphrase, uuid):
    """(header, data): a whole LUKS2 volume of the attacker's, with his key, his passphrase, his root."""
    key = os.urandom(64)
    key_file = os.path.join(folder, "volume-key")
    with open(key_file, "wb") as file:
        file.write(key)
    header = luks2.format_on_host(folder, passphrase, uuid, ["--volume-key-file", key_file, "--key-size",
                                                             "512", "--sector-size", "512"])
    return header, encrypt_xts(root_image(folder), key)
