"""The frame of a scenario: machines, statements about them, TAP on standard output.

A file in scenarios/, attacks/, faults/, installed/, clouds/, layouts/, provisioned/ or fleet/ has a docstring that says
what happens in the user's words and one function, scenario(t).
"""
import contextlib
import importlib.util
import os
import re
import shutil
import sys
import traceback

from . import images, procs
from .guest import OPENED, PROMPT
from .serial import SerialError
from .vm import Machine


class Scenario:
    def __init__(self, name, work):
        self.name = name
        self.work = work
        self.count = self.failed = self.boots = 0
        self.state = None
        self.logs = os.path.join(images.WORK, "logs")
        os.makedirs(self.logs, exist_ok=True)

    # --- statements

    def ok(self, what, passed, detail=None):
        self.count += 1
        if not passed:
            self.failed += 1
        print("%s %d - %s" % ("ok" if passed else "not ok", self.count, what), flush=True)
        if not passed and detail is not None:
            for line in str(detail).split("\n")[-60:]:
                print("#   " + line, flush=True)
        return passed

    def says(self, what, text, *patterns, never=()):
        """Every pattern is in the text and none of `never`."""
        missing = [p for p in patterns if not re.search(p, text)]
        extra = [p for p in never if re.search(p, text)]
        return self.ok(what, not missing and not extra,
                       "missing: %s; must not be there: %s; in:\n%s" % (missing, extra, text))

    def note(self, text):
        images.progress("%s: %s" % (self.name, text))

    # --- machines

    def start_from(self, image):
        """This scenario's machine is a copy of that image."""
        self.state = image.copy_to(os.path.join(self.work, "machine"))
        return self.state

    def machine(self, state=None, **kwargs):
        self.boots += 1
        log = os.path.join(self.logs, "%s.%d" % (self.name, self.boots))
        for old in (log, log + ".qemu", log + ".swtpm"):
            if os.path.exists(old):
                os.unlink(old)
        return Machine(state or self.state, log, **kwargs)

    @contextlib.contextmanager
    def resumed(self, what):
        """The enrolled machine, opened by the TPM, with root at its shell. It was booted once, for all that
        begin in this way and do not look at that boot itself; BOOTSEAL_VM_RESUME=no boots it again for
        each."""
        if os.environ.get("BOOTSEAL_VM_RESUME") == "no":
            self.start_from(images.enrolled())
            with self.machine() as vm:
                self.opens_by_itself(vm, what)
                yield vm
            return
        image = images.running()
        self.start_from(image)
        with self.machine(resume=image) as vm:
            console = vm.console()
            self.ok(what + ": no prompt", re.search(OPENED.decode(), console)
                    and "Please unlock" not in console, console[-3000:])
            yield vm

    @contextlib.contextmanager
    def after_power_cut(self, vm):
        """The machine that vm would be after a power cut at this moment; vm stands still meanwhile and then
        goes on."""
        folder = os.path.join(self.work, "cut")
        vm.qmp("stop")
        try:
            with self.machine(vm.state.copy_to(folder)) as copy:
                yield copy
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            vm.qmp("cont")

    # --- how a boot goes

    def opens_by_itself(self, vm, what):
        """No prompt up to root's shell. Where there was one nevertheless, the passphrase lets the scenario go
        on."""
        way = vm.asks_or_opens()
        console = vm.console()
        self.ok(what + ": no prompt", way == "shell" and "Please unlock" not in console, console[-3000:])
        if way == "prompt":
            vm.answer()
            vm.wait_for_shell(prompt_is_an_error=False)
        return way == "shell"

    def opens_early(self, vm, what):
        """As opens_by_itself(), but the rest of the boot is not waited for."""
        number, _ = vm.boots_to(OPENED, PROMPT)
        return self.ok(what + ": no prompt", number == 0, vm.console()[-3000:])

    def asks(self, vm, what, *why, never=()):
        """The prompt comes, and the console says why above it. Returns what the console said."""
        way = vm.asks_or_opens()
        console = vm.console()
        if not self.ok(what + ": it asks for the passphrase", way == "prompt", console[-3000:]):
            return None
        text = console[console.rfind("ramdisk ...") + 1:]
        self.says(what + ": the console says why", text, *why, never=never)
        return text



def run_file(path):
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location("scenario_" + re.sub(r"\W", "_", name), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with procs.scratch(name) as work:
        t = Scenario(name, work)
        try:
            module.scenario(t)
        except (SerialError, AssertionError, RuntimeError, OSError, ValueError, LookupError) as e:
            t.ok("the scenario ran to its end", False, "%s\n%s" % (e, traceback.format_exc(limit=-3)))
        print("1..%d" % t.count, flush=True)
    return 1 if t.failed or not t.count else 0


if __name__ == "__main__":
    sys.exit(run_file(sys.argv[1]))
