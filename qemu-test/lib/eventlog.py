"""A second, independent reader of the TCG event log: what was measured is not judged by the code that
predicted it.

TCG PC Client Platform Firmware Profile 1.05, section 10: one header event in the old format, then
TCG_PCR_EVENT2. """
import hashlib
import struct

SHA256 = 0x000B
NO_ACTION = 0x00000003


class Event:
    def __init__(self, pcr, kind, digest, data):
        self.pcr = pcr
        self.kind = kind
        self.digest = digest  # SHA-256, hexadecimal
        self.data = data

    def __repr__(self):
        text = self.data[:70].split(b"\0")[0]
        return "PCR %d %s %s" % (self.pcr, self.digest, text.decode("ascii", "replace"))


def parse(log):
    """The events, without those that extend nothing."""
    _pcr, _kind, _sha1, length = struct.unpack_from("<II20sI", log, 0)
    header = log[32:32 + length]
    if not header.startswith(b"Spec ID Event03\0"):
        raise ValueError("not a crypto-agile event log")
    count, = struct.unpack_from("<I", header, 24)
    sizes = dict(struct.unpack_from("<HH", header, 28 + 4 * i) for i in range(count))
    at, events = 32 + length, []
    while at < len(log):
        pcr, kind, digests = struct.unpack_from("<III", log, at)
        at += 12
        digest = None
        for _ in range(digests):
            algorithm, = struct.unpack_from("<H", log, at)
            value = log[at + 2:at + 2 + sizes[algorithm]]
            at += 2 + sizes[algorithm]
            if algorithm == SHA256:
                digest = value.hex()
        length, = struct.unpack_from("<I", log, at)
        data = log[at + 4:at + 4 + length]
        at += 4 + length
        if kind != NO_ACTION:
            events.append(Event(pcr, kind, digest, data))
    return events


def replay(events):
    """PCR number -> value, hexadecimal, of those that were extended."""
    values = {}
    for event in events:
        old = values.get(event.pcr, bytes(32))
        values[event.pcr] = hashlib.sha256(old + bytes.fromhex(event.digest)).digest()
    return {pcr: value.hex() for pcr, value in values.items()}


def of_pcrs(events, pcrs):
    return [(e.pcr, e.digest) for e in events if e.pcr in pcrs]


def compare(predicted, measured):
    """None when both lists of (pcr, digest) are equal PCR by PCR; else words on the first difference."""
    for pcr in sorted({p for p, _ in predicted} | {p for p, _ in measured}):
        one = [d for p, d in predicted if p == pcr]
        other = [d for p, d in measured if p == pcr]
        if one == other:
            continue
        at = next((i for i, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
        return "PCR %d, event %d of %d predicted and %d measured: predicted %s, measured %s" % (
            pcr, at, len(one), len(other), (one[at:] or ["nothing"])[0], (other[at:] or ["nothing"])[0])
    return None
