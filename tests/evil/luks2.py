#!/usr/bin/env python3
"""Makes evil LUKS2 headers with right checksums out of a good one.

luks2.py all GOOD OTHER DIR   every change, as DIR/NAME.img (OTHER: a volume with another volume key)
luks2.py json GOOD            the header's JSON, for the corpus

The format: on-disk-format-luks2.pdf of cryptsetup, "Binary header" and "JSON area". GOOD has the TPM's keyslot 1 and token 0.
"""
import base64
import copy
import hashlib
import json
import os
import struct
import sys

BINARY = 4096
AREAS_END = 3 << 20  # both headers and the first keyslots; the rest of a test volume is zeros
SIZE = 17 << 20
CSUM_AT, CSUM_LEN = 0x1C0, 64


class Header:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.raw = bytearray(f.read(AREAS_END))
        magic, version, self.size = struct.unpack_from(">6sHQ", self.raw, 0)
        if magic != b"LUKS\xba\xbe" or version != 2:
            sys.exit(f"{path}: not LUKS2")
        text = bytes(self.raw[BINARY : self.size]).split(b"\0")[0]
        self.json = json.loads(text)
        self.text = None  # written instead of self.json when a change wants bytes that json.dumps would not make

    def write(self, path):
        text = self.text or json.dumps(self.json, separators=(",", ":")).encode()
        if len(text) >= self.size - BINARY:
            sys.exit(f"{path}: JSON too long")
        for at in (0, self.size):
            area = self.raw[at : at + self.size]
            area[BINARY:] = text.ljust(self.size - BINARY, b"\0")
            area[CSUM_AT : CSUM_AT + CSUM_LEN] = bytes(CSUM_LEN)
            area[CSUM_AT : CSUM_AT + 32] = hashlib.sha256(area).digest()
            self.raw[at : at + self.size] = area
        with open(path, "wb") as f:
            f.write(self.raw)
            f.truncate(SIZE)

    @property
    def segment(self):
        return self.json["segments"]["0"]

    @property
    def digest(self):
        return self.json["digests"]["0"]

    @property
    def token(self):
        return self.json["tokens"]["0"]


def cipher(name):
    def change(h, _):
        h.segment["encryption"] = name

    return change


def member(name, value):
    def change(h, _):
        h.segment[name] = value

    return change


def digest(name, value):
    def change(h, _):
        h.digest[name] = value

    return change


def backup_final(h, _):
    """CVE-2025-59054: libcryptsetup takes the cipher from the flagged segment, while number 0 still says aes."""
    h.json["segments"]["1"] = dict(h.segment, encryption="cipher_null-ecb", flags=["backup-final"])
    h.digest["segments"] = ["0", "1"]


def backup_uncovered(h, _):
    h.json["segments"]["1"] = dict(h.segment, encryption="cipher_null-ecb", flags=["backup-final"])


def reencrypt_segment(h, _):
    offset = int(h.segment["offset"])
    h.segment["size"] = "524288"
    h.json["segments"]["1"] = {"type": "linear", "offset": str(offset + 524288), "size": "dynamic"}


def linear(h, _):
    h.json["segments"]["0"] = {"type": "linear", "offset": h.segment["offset"], "size": "dynamic"}
    h.digest["segments"] = []


def requirement(name):
    def change(h, _):
        h.json["config"]["requirements"] = {"mandatory": [name]}

    return change


def other_volume_key(h, other):
    """The keyslots and the digest of another volume that has the same UUID, passphrase and token."""
    token = h.token
    h.json["digests"] = copy.deepcopy(other.json["digests"])
    h.json["keyslots"] = copy.deepcopy(other.json["keyslots"])
    h.json["tokens"] = {"0": token}
    h.raw[2 * h.size :] = other.raw[2 * other.size :]


def extra_digest(h, _):
    h.json["digests"]["1"] = dict(h.digest, keyslots=[])


def keyslot_in_unbound_digest(h, _):
    h.json["digests"]["1"] = dict(h.digest, segments=[], keyslots=["1"])
    h.digest["keyslots"] = ["0"]


def keyslot_in_two_digests(h, _):
    h.json["digests"]["1"] = dict(h.digest, segments=[], keyslots=["1"])


def area_cipher(h, _):
    h.json["keyslots"]["1"]["area"]["encryption"] = "cipher_null-ecb"


def kdf(**changes):
    def change(h, _):
        h.json["keyslots"]["1"]["kdf"].update(changes)

    return change


def argon(h, _):
    salt = h.json["keyslots"]["1"]["kdf"]["salt"]
    h.json["keyslots"]["1"]["kdf"] = {"type": "argon2id", "time": 4, "memory": 1 << 20, "cpus": 4, "salt": salt}


def key_size(h, _):
    h.json["keyslots"]["1"]["key_size"] = 32


def two_tokens(h, _):
    h.json["tokens"]["5"] = copy.deepcopy(h.token)


def token(**changes):
    def change(h, _):
        h.token.update(changes)

    return change


def raw(old, new):
    """A change of the text: what a JSON library would not write."""

    def change(h, _):
        text = json.dumps(h.json, separators=(",", ":")).encode()
        if old not in text:
            sys.exit(f"{old!r} is not in the header")
        h.text = text.replace(old, new, 1)

    return change


def upper_uuid(h, _):
    for at in (168, h.size + 168):
        h.raw[at : at + 40] = bytes(h.raw[at : at + 40]).upper()


CHANGES = {
    "upper-uuid": upper_uuid,
    # broken rules
    "null": cipher("cipher_null-ecb"),
    "null-essiv": cipher("cipher_null-cbc-essiv:sha256"),
    "null-capi": cipher("capi:ecb(cipher_null)-plain64"),
    "null-driver": cipher("ecb-cipher_null-plain64"),
    "capi": cipher("capi:xts(aes)-plain64"),
    "upper": cipher("CIPHER_NULL-ecb"),
    "bare": cipher("aes"),
    "nul": raw(b'"aes-xts-plain64","sector', b'"aes-xts-plain64\\u0000x","sector'),
    "backup-final": backup_final,
    "backup-uncovered": backup_uncovered,
    "flagged": member("flags", ["in-reencryption"]),
    "no-flags": member("flags", []),
    "reencrypt-segment": reencrypt_segment,
    "linear": linear,
    "unknown-member": member("subkey", "x"),
    "requirement": requirement("online-reencrypt-v2"),
    "requirement-unknown": requirement("future"),
    "extra-digest": extra_digest,
    "unbound-keyslot": keyslot_in_unbound_digest,
    "keyslot-in-two": keyslot_in_two_digests,
    "uncovered": digest("segments", []),
    "area-null": area_cipher,
    "argon": argon,
    "slow": kdf(iterations=2000000000),
    "key-size": key_size,
    # allowed, but another pin
    "weaker": cipher("aes-cbc-plain64"),
    "offset": member("offset", str(16777216 + 4096)),
    "size": member("size", "524288"),
    "iv-tweak": member("iv_tweak", "8"),
    "sector": member("sector_size", 1024),
    "integrity": member("integrity", {"type": "hmac(sha256)", "journal_encryption": "none", "journal_integrity": "none"}),
    "digest-hash": digest("hash", "sha512"),
    "digest-iterations": digest("iterations", 1234),
    "digest-salt": digest("salt", base64.b64encode(bytes(32)).decode()),
    "digest-value": digest("digest", base64.b64encode(bytes(32)).decode()),
    "other-key": other_volume_key,
    # tokens
    "two-tokens": two_tokens,
    "token-keyslot-missing": token(keyslots=["7"]),
    "token-keyslot-other": token(keyslots=["0"]),
    "token-no-keyslot": token(keyslots=[]),
    "token-version": token(version=3),
    "token-long": token(object="A" * 8000),
    "token-extra": token(extra=1),
}


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "json":
        print(json.dumps(Header(sys.argv[2]).json, indent=2))
    elif len(sys.argv) == 5 and sys.argv[1] == "all":
        other = Header(sys.argv[3])
        for name, change in CHANGES.items():
            h = Header(sys.argv[2])
            change(h, other)
            h.write(os.path.join(sys.argv[4], name + ".img"))
    else:
        sys.exit(__doc__)


main()
