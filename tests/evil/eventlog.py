#!/usr/bin/env python3
"""eventlog.py DIR: event logs whose counts and sizes lie (see evil.py).

The format: TCG PC Client Platform Firmware Profile, 10.2: TCG_PCR_EVENT, TCG_EfiSpecIDEvent, TCG_PCR_EVENT2.
"""
import hashlib
import struct

import evil

SHA1, SHA256 = 0x04, 0x0B
NO_ACTION, SEPARATOR, ACTION = 3, 4, 5


def old(pcr, kind, data, size=None):
    return struct.pack("<II20sI", pcr, kind, bytes(20), len(data) if size is None else size) + data


def spec_id(banks=((SHA1, 20), (SHA256, 32)), count=None):
    head = b"Spec ID Event03\0" + struct.pack("<IBBBB", 0, 0, 2, 0, 2)
    head += struct.pack("<I", len(banks) if count is None else count)
    return head + b"".join(struct.pack("<HH", *b) for b in banks) + b"\0"


def digests(algorithms, data):
    values = {SHA1: hashlib.sha1, SHA256: hashlib.sha256}
    return b"".join(struct.pack("<H", a) + values[a](data).digest() for a in algorithms)


def record(pcr=4, kind=ACTION, data=b"x", algorithms=(SHA1, SHA256), count=None, size=None):
    count = len(algorithms) if count is None else count
    return (
        struct.pack("<III", pcr, kind, count)
        + digests(algorithms, data)
        + struct.pack("<I", len(data) if size is None else size)
        + data
    )


def cases():
    first = old(0, NO_ACTION, spec_id())
    good = record()
    yield "empty", b"", "event log: empty"
    yield "first-size-4g", old(0, NO_ACTION, spec_id(), 0xFFFFFFFF), "record 0, byte 32: the event's data ends past the log"
    yield "banks-4g", old(0, NO_ACTION, spec_id(count=0xFFFFFFFF)) + good, "names no or too many banks"
    yield "banks-0", old(0, NO_ACTION, spec_id(count=0)) + good, "names no or too many banks"
    yield "banks-one-more", old(0, NO_ACTION, spec_id(count=3)[:-1]) + good, "record 0, byte 0: the specification event is cut off"
    yield "bank-twice", old(0, NO_ACTION, spec_id(((SHA256, 32), (SHA256, 32)))), "names a bank twice"
    yield "bank-size", old(0, NO_ACTION, spec_id(((SHA256, 65535),))), "gives a bank the wrong digest size"
    yield "bank-size-0", old(0, NO_ACTION, spec_id(((0x99, 0),))), "gives a bank the wrong digest size"
    yield "digests-4g", first + record(count=0xFFFFFFFF), "record 1, byte 81: more digests than the log has banks"
    yield "digest-unknown", first + record(count=2).replace(b"\x0b\x00", b"\x0c\x00", 1), "a bank that the log did not announce"
    yield "digest-twice", first + record(algorithms=(SHA256, SHA256)), "two digests for one bank"
    yield "data-4g", first + good + record(size=0xFFFFFFFF), "record 2, byte 214: the event's data ends past the log"
    yield "data-one-more", first + record(size=2), "the event's data ends past the log"
    yield "data-less", first + record(data=b"xxxx", size=1), "record 2, byte 142: incomplete: the log was cut off after 145 bytes"
    yield "pcr-4g", first + record(pcr=0xFFFFFFFF), "no such PCR"
    yield "pcr-24", first + record(pcr=24), "no such PCR"
    yield "cut-in-digest", first + good[:40], "incomplete digests"
    yield "cut-in-size", first + good[:-3], "record 1, byte 137: the event's data ends past the log: the log was cut off"
    yield "locality-long", first + record(0, NO_ACTION, b"StartupLocality\0\3\3"), "startup locality of the wrong size"
    yield "locality-padded-1", first + record(0, NO_ACTION, b"StartupLocality\0\3\0\0\1"), "startup locality of the wrong size"
    yield "filling-alone", bytes(4096), "event log: empty"
    yield "filling-of-ones", b"\xff" * 4096, "event log: empty"
    yield "filling-and-more", first + good + bytes(64) + b"x", "record 6"
    yield "filling-mixed", first + good + bytes(20) + b"\xff" * 20, "more digests than the log has banks"
    yield "locality-200", first + record(0, NO_ACTION, b"StartupLocality\0\xc8"), "invalid startup locality"
    yield "many", first + record(data=b"") * 70000, "event log: more than 16384 records"
    yield "long", first + record(data=b"x" * (1 << 25)), "event log: longer than 16777216 bytes"


if __name__ == "__main__":
    evil.main(__doc__, cases)
