"""The whole memory of a guest, taken from outside, and what of a secret is in it."""
import base64
import ctypes
import ctypes.util
import struct

PIECE = 8
CHUNK = 64 << 10
OVERLAP = 256


def dump(vm, path):
    """All of the guest's memory, as an ELF core. The guest stands still meanwhile."""
    vm.qmp.sock.settimeout(600)
    vm.qmp("dump-guest-memory", paging=False, protocol="file:" + path)
    vm.qmp.sock.settimeout(60)
    return path


# --- the shapes that a secret may have

def _swapped(data):
    """As SHA-256 has its input: 32-bit words of the other byte order."""
    data = data[:len(data) // 4 * 4]
    return b"".join(data[i:i + 4][::-1] for i in range(0, len(data), 4))


def _state_after(block):
    """SHA-256's inner state after one block, in the order in which this processor keeps words."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto") or "libcrypto.so.3")
    context = ctypes.create_string_buffer(256)
    if not (crypto.SHA256_Init(context)
            and crypto.SHA256_Update(context, block, ctypes.c_size_t(len(block)))):
        raise RuntimeError("libcrypto did not hash")
    return context.raw[:32]


def hmac_shapes(secret):
    """What HMAC-SHA-256 makes of a key of up to 64 bytes: with the states one can derive from it as with the
    key."""
    for name, pad in (("inner", 0x36), ("outer", 0x5c)):
        block = bytes(b ^ pad for b in secret.ljust(64, b"\0"))
        state = _state_after(block)
        yield "HMAC's %s block" % name, block[:len(secret)]
        yield "HMAC's %s block as words" % name, _swapped(block[:len(secret)])
        yield "HMAC's %s state" % name, state
        yield "HMAC's %s state as bytes" % name, _swapped(state)


def shapes(secret):
    """[(name, bytes)] of a binary secret."""
    made = [("raw", secret), ("raw as words", _swapped(secret)), ("hexadecimal", secret.hex().encode()),
            ("HEXADECIMAL", secret.hex().upper().encode())]
    for shift in range(3):
        # the characters that depend on the secret alone, wherever in a longer text it begins
        text = base64.b64encode(bytes(shift) + secret)
        made.append(("base64", text[-(-shift * 8 // 6):(shift + len(secret)) * 8 // 6]))
    return made + list(hmac_shapes(secret))


# --- the search

class Needles:
    """What is looked for, by its name."""

    def __init__(self, others=None):
        self.names = dict(others.names) if others else {}

    def add(self, what, data, piece=PIECE, edge=0):
        for at in range(edge, len(data) - edge - piece + 1, piece):
            self.names.setdefault(data[at:at + piece], "%s, bytes %d to %d" % (what, at, at + piece - 1))

    def add_secret(self, what, secret):
        """One of 32 bytes. Every part of a shape that is half as long as it, wherever it begins, has one of
        these pieces in it."""
        for name, data in shapes(secret):
            quarter = len(data) // 4
            self.add("%s (%s)" % (what, name), data, quarter, quarter)


def say(found):
    return "\n".join("0x%x: %s" % f for f in found)


def search(path, needles):
    """[(offset in the file, name of the piece)], in order."""
    found, before = [], b""
    with open(path, "rb") as file:
        at = 0
        while chunk := file.read(CHUNK):
            # most of the memory was never written
            if chunk.count(0) == len(chunk) and not before:
                at += len(chunk)
                continue
            text, start = before + chunk, at - len(before)
            for needle, name in needles.names.items():
                where = text.find(needle)
                while where >= 0:
                    if where + len(needle) > len(before):
                        found.append((start + where, name))
                    where = text.find(needle, where + 1)
            before = chunk[-OVERLAP:] if chunk[-OVERLAP:].count(0) < OVERLAP else b""
            at += len(chunk)
    return sorted(found)
