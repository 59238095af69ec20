"""Reading and forging LUKS2 headers: an attacker can compute the checksums as well as anybody.

LUKS2 on-disk format specification 1.1.2, section 2: a 4096-byte binary header, then the JSON area, in two
copies. """
import hashlib
import json
import os
import struct

from . import procs

BINARY_LEN = 4096
CSUM_AT = 448
CSUM_LEN = 64


def _area_len(header, at=0):
    magic, version, size = struct.unpack_from(">6sHQ", header, at)
    if magic not in (b"LUKS\xba\xbe", b"SKUL\xba\xbe") or version != 2:
        raise ValueError("not a LUKS2 header")
    return size


def metadata(header):
    """The JSON of the first copy, as a dict."""
    size = _area_len(header)
    return json.loads(header[BINARY_LEN:size].split(b"\0", 1)[0])


def with_metadata(header, document):
    """The header with other JSON, both copies, sequence number raised, checksums right."""
    size = _area_len(header)
    text = json.dumps(document, separators=(",", ":")).encode()
    if len(text) >= size - BINARY_LEN:
        raise ValueError("the JSON does not fit")
    out = bytearray(header)
    sequence = struct.unpack_from(">Q", header, 16)[0] + 1
    for at in (0, size):
        _area_len(header, at)
        struct.pack_into(">Q", out, at + 16, sequence)
        out[at + BINARY_LEN:at + size] = text.ljust(size - BINARY_LEN, b"\0")
        out[at + CSUM_AT:at + CSUM_AT + CSUM_LEN] = bytes(CSUM_LEN)
        digest = hashlib.sha256(out[at:at + size]).digest()
        out[at + CSUM_AT:at + CSUM_AT + len(digest)] = digest
    return bytes(out)


def token(header):
    """(number, token) of bootseal's token; None when there is none."""
    for number, entry in metadata(header).get("tokens", {}).items():
        if entry.get("type") == "bootseal":
            return number, entry
    return None


def format_on_host(folder, passphrase, uuid, options=(), header_len=16 << 20):
    """A header of the attacker's own: another volume key, the same UUID and layout."""
    path = os.path.join(folder, "attacker.luks")
    with open(path, "wb") as file:
        file.truncate(header_len + (1 << 20))
    key = os.path.join(folder, "attacker.key")
    with open(key, "w", encoding="utf-8") as file:
        file.write(passphrase)
    procs.run(["cryptsetup", "luksFormat", "-q", "--type", "luks2", "--uuid", uuid, "--cipher",
               "aes-xts-plain64",
               *options, "--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000", path, key])
    with open(path, "rb") as file:
        return file.read(header_len)
