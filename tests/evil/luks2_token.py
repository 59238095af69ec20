#!/usr/bin/env python3
"""luks2_token.py DIR: LUKS2 tokens that are almost right (see evil.py). What libcryptsetup makes of headers with right checksums: luks2.py."""
import json

import evil

NAME = "000b" + "ab" * 32


def token(**changes):
    t = {
        "type": "bootseal",
        "keyslots": ["1"],
        "version": 1,
        "srk": NAME,
        "index": "0x0180b007",
        "index_name": NAME,
        "bank": "sha256",
        "pcrs": [4, 7, 8, 9, 14, 15],
        "object": "AAAA",
        "generations": [{"number": 1, "branches": "AAAA"}],
    }
    t.update(changes)
    return t


def text(t):
    return json.dumps(t, separators=(",", ":")).encode()


def cases():
    plain = text(token())
    yield "empty", b"", "token: "
    yield "array", b"[]", "token: "
    yield "cut", plain[:-1], "token: "
    yield "behind", plain + b"{}", "token: "
    yield "twice", plain.replace(b'"version":1', b'"version":1,"version":1'), "token: "
    yield "escaped", plain.replace(b"sha256", b"sha\\u0032\\u00356"), "token: "
    yield "nul", plain.replace(b"sha256", b"sha256\\u0000"), "token: "
    yield "deep", b'{"type":' + b"[" * 5000 + b"]" * 5000 + b"}", "token: "
    yield "long", plain + b" " * 20000, "more than the"
    yield "version-2", text(token(version=2)), 'token: bad "pin_salt"'
    yield "version-3", text(token(version=3)), "token: version 3, but this program supports only 1 and 2"
    yield "pin-in-1", text(token(pin_salt="ab" * 32)), 'token: unknown member "pin_salt"'
    pin = {"version": 2, "pin_salt": "ab" * 32}
    yield "pin-iterations", text(token(pin_iterations=4000000000, **pin)), 'token: bad "pin_iterations"'
    yield "version-4g", text(token(version=1 << 32)), 'token: bad "version"'
    yield "version-half", plain.replace(b'"version":1', b'"version":1.0'), "token: "
    yield "unknown-member", text(token(extra=1)), 'token: unknown member "extra"'
    yield "type", text(token(type="bootsea1")), 'token: bad "type"'
    yield "keyslot-none", text(token(keyslots=[])), 'token: its "keyslots" is empty'
    yield "keyslot-two", text(token(keyslots=["1", "2"])), 'token: bad "keyslots"'
    yield "keyslot-32", text(token(keyslots=["32"])), 'token: bad "keyslots"'
    yield "srk-short", text(token(srk=NAME[:-1])), 'token: bad "srk"'
    yield "srk-sha1", text(token(srk="0004" + "ab" * 32)), 'token: bad "srk"'
    yield "index-persistent", text(token(index="0x81000001")), 'token: bad "index"'
    yield "index-upper", text(token(index="0x0180B007")), 'token: bad "index"'
    yield "index-name", text(token(index_name="")), 'token: bad "index_name"'
    yield "bank", text(token(bank="sha1")), 'token: bad "bank"'
    yield "pcrs-none", text(token(pcrs=[])), 'token: bad "pcrs"'
    yield "pcrs-24", text(token(pcrs=[4, 24])), 'token: bad "pcrs"'
    yield "pcrs-order", text(token(pcrs=[7, 4, 15])), 'token: bad "pcrs"'
    yield "pcrs-many", text(token(pcrs=[4] * 1000)), 'token: bad "pcrs"'
    yield "object-none", text(token(object="")), 'token: bad "object"'
    yield "object-long", text(token(object="A" * 8000)), 'token: bad "object"'
    yield "object-base64", text(token(object="A=A=")), 'token: bad "object"'
    yield "generations-none", text(token(generations=[])), 'token: bad "generations"'
    yield "generations-three", text(token(generations=token()["generations"] * 3)), 'token: bad "generations"'
    yield "generation-0", text(token(generations=[{"number": 0, "branches": ""}])), 'token: bad "generations"'
    yield "branches-torn", text(token(generations=[{"number": 1, "branches": "AAAA"}])), 'token: bad "generations"'
    yield "branches-many", text(token(generations=[{"number": 1, "branches": "AAAA" * 2000}])), 'token: bad "generations"'


evil.main(__doc__, cases)
