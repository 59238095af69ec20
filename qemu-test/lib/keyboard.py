"""The keyboard of a machine's graphical console, as a person uses it whose layout is French: a machine without that layout
reads "q" where he types "a", and signs where he types digits."""
import string
import time

_MOVED = {"a": "q", "q": "a", "z": "w", "w": "z", "m": "semicolon", "&": "1", "!": "slash", "\n": "ret", " ": "spc"}
_SHIFTED = set(string.digits)


def _keys(sign):
    code = sign if sign in _SHIFTED else _MOVED.get(sign, sign)
    if len(code) == 1 and code not in string.ascii_lowercase + string.digits:
        raise ValueError("no key of the French layout is known for %r" % sign)
    keys = ["shift", code] if sign in _SHIFTED else [code]
    return [{"type": "qcode", "data": key} for key in keys]


def type_line(vm, text):
    for sign in text + "\n":
        vm.qmp("send-key", keys=_keys(sign), **{"hold-time": 60})
        # an emulated keyboard has a buffer of 16 codes
        time.sleep(0.4)
