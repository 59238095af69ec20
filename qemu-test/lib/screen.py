"""A machine's graphical screen: what is on it, and GRUB's menu there, which the serial line does not show. Keys go
over the serial line all the same, which is one of the firmware's consoles."""
import hashlib
import os
import re
import struct
import tempfile
import time
import zlib

from .menu import CTRL_X, DOWN, END, UP

PAUSE = 1.5  # seconds between two looks, in which GRUB draws whole lines even in emulation


def _pixels(vm):
    """(width, height, RGB)"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "screen")
        vm.qmp("screendump", filename=path)
        with open(path, "rb") as file:
            data = file.read()
    header = re.match(rb"P6\n(\d+) (\d+)\n255\n", data)
    return int(header.group(1)), int(header.group(2)), data[header.end():]


def picture(vm, path):
    """Keeps the screen as a PNG, for a person to look at."""
    width, height, pixels = _pixels(vm)
    rows = b"".join(b"\0" + pixels[y * width * 3:(y + 1) * width * 3] for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def shows(vm):
    return hashlib.sha256(_pixels(vm)[2]).digest()


def settle(vm, before=None, seconds=120):
    """Waits until the screen is another one than `before` and stays as it is; returns it."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        now = shows(vm)
        if now == last and now != before:
            return now
        last = now
        time.sleep(PAUSE)
    raise AssertionError("the screen did not come to rest within %d s" % seconds)


def _press(vm, key, times=1):
    for _ in range(times):
        vm.serial.send(key)
        # the firmware tells an escape sequence from a lone ESC by time
        time.sleep(0.3)


def _rows(vm):
    width, height, pixels = _pixels(vm)
    return [pixels[y * width * 3:(y + 1) * width * 3] for y in range(height)]


def _has_menu(rows):
    """Is there a row that is not dark over half of its width? GRUB's menu is cyan on blue, with Debian's colours."""
    return any(sum(max(row[x:x + 3]) > 64 for x in range(0, len(row), 3)) > len(row) // 6 for row in rows)


def _has_entry(rows):
    """Does plymouth's theme "spinner" wait for something to be typed? The frame of its entry, and nothing else of it, is blue."""
    return not _has_menu(rows) and any(
        sum(blue > 128 > 2 * red for red, blue in zip(row[::3], row[2::3])) > 200 for row in rows)


def asks(vm, before=None, seconds=1200):
    """Waits until the splash screen asks, with other words than `before`; returns what is shown then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        vm.serial.drain()
        now = shows(vm)
        if now != before and _has_entry(_rows(vm)) and shows(vm) == now:
            return now
        time.sleep(PAUSE)
    raise AssertionError("the splash screen did not ask within %d s" % seconds)


def stop(vm, seconds=480):
    """Holds the menu; returns what the screen shows. Debian 13's GRUB says nothing before it."""
    vm.serial.expect(rb"BdsDxe: starting Boot", timeout=120)
    end = time.monotonic() + seconds
    while not _has_menu(_rows(vm)):
        if time.monotonic() > end:
            raise AssertionError("GRUB's menu did not come within %d s" % seconds)
        _press(vm, UP)
        time.sleep(PAUSE / 3)
    _press(vm, UP)
    return settle(vm)


def edit_command_line(vm, addition, entry_lines_before_linux):
    """As menu.edit_command_line(), on the graphical screen."""
    screen = stop(vm)
    _press(vm, "e")
    screen = settle(vm, screen)
    _press(vm, DOWN, entry_lines_before_linux)
    _press(vm, END)
    for letter in addition:
        _press(vm, letter)
    settle(vm, screen)
    _press(vm, CTRL_X)
