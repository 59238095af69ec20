"""GRUB's menu, driven over the serial line the way a person does it at the keyboard."""
import re
import time

UP, DOWN, END, CTRL_X, BACKSPACE = "\x1b[A", "\x1b[B", "\x05", "\x18", "\b"
# its arrows are ^ and v on a terminal of the firmware that has no others
MENU = rb"Use the \S+ and \S+ keys"
EDITOR = rb"Minimum Emacs-like"
BOOTING = rb"Loading Linux "


def path_to(grub_cfg, release):
    """Menu positions, outermost first, of the ordinary entry that boots this kernel release."""
    depth, counts, inside = 0, [0], []
    for line in grub_cfg.decode("utf-8", "replace").split("\n"):
        text = line.strip()
        if text.startswith(("menuentry ", "submenu ")) and text.endswith("{"):
            position = counts[-1]
            counts[-1] += 1
            title = re.match(r"\w+ '([^']*)'", text).group(1)
            if text.startswith("submenu "):
                inside.append(position)
                counts.append(0)
            elif title.endswith("with Linux " + release):
                return [*inside, position]
            depth += 1
        elif text == "}" and depth:
            depth -= 1
            if depth < len(inside):
                inside.pop()
                counts.pop()
    raise ValueError("no menu entry for Linux " + release)


def _press(vm, key, times=1):
    for _ in range(times):
        vm.serial.send(key)
        # the firmware tells an escape sequence from a lone ESC by time
        time.sleep(0.15)


def stop(vm, timeout=120):
    """Hold the menu: an early key lies in the firmware's buffer until GRUB reads it, and ends the
    countdown."""
    vm.serial.expect(rb"Welcome to GRUB!", timeout=timeout)
    vm.serial.send(UP)
    vm.serial.expect(MENU, timeout=timeout, reject=[BOOTING])
    _settle(vm)


def _settle(vm):
    """Wait until GRUB has drawn the screen and says nothing more."""
    seen = -1
    while seen != len(vm.serial.log):
        seen = len(vm.serial.log)
        vm.serial._read(0.4)


def _go_to(vm, path):
    for depth, position in enumerate(path):
        if depth:
            _press(vm, "\r")
            vm.serial.expect(MENU, timeout=60, reject=[BOOTING])
            _settle(vm)
        _press(vm, DOWN, position)


def choose(vm, path):
    """Boot the entry at these positions."""
    stop(vm)
    _go_to(vm, path)
    _press(vm, "\r")


def edit_command_line(vm, addition, entry_lines_before_linux, take_away=""):
    """Press `e` on the default entry, at the end of its `linux` line take text away and add some, boot with
    Ctrl-x."""
    stop(vm)
    _press(vm, "e")
    vm.serial.expect(EDITOR, timeout=60)
    _settle(vm)
    _press(vm, DOWN, entry_lines_before_linux)
    _press(vm, END)
    _press(vm, BACKSPACE, len(take_away))
    vm.serial.send(addition)
    _settle(vm)
    _press(vm, CTRL_X)


def lines_before_linux(grub_cfg):
    """In the editor's view of the first entry: how many lines stand above the `linux` line."""
    lines = grub_cfg.decode("utf-8", "replace").split("\n")
    first = next(i for i, line in enumerate(lines) if line.startswith("menuentry "))
    for number, line in enumerate(lines[first + 1:]):
        if line.strip().startswith("linux"):
            return number + 2  # the editor shows `setparams` and an empty line first
    raise ValueError("the first entry has no linux line")
