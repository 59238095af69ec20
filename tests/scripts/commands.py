"""The commands of bootseal and their options, from the tables in the sources: for `manual` and `completions`."""
import glob
import os
import re
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

ROW = re.compile(r'\{\s*"([a-z-]+)",\s*(no|required|optional)_argument')


def read(name):
    return open(name, encoding="utf-8").read()


SOURCES = {name: read(name) for name in sorted(glob.glob("src/cli/*.[ch]"))}


def rows(text):
    """{option: no, required or optional}, those of macros included"""
    found = dict(ROW.findall(text))
    for macro in set(re.findall(r"\b[A-Z_]+_OPTIONS\b", text)):
        for source in SOURCES.values():
            for body in re.findall(r"#define %s((?:.*\\\n)*.*)" % macro, source):
                found.update(ROW.findall(body))
    return found


def options(function):
    """What `int FUNCTION(argc, argv)` gives getopt_long()"""
    (source,) = [s for s in SOURCES.values() if re.search(r"^int %s\(int argc" % function, s, re.MULTILINE) and
                 "%s(int argc, char **argv);" % function not in s]
    found = rows(source)
    if "cli_begin(" in source:
        (takes,) = re.findall(r"struct cli_takes\b[^{]*\{([^}]*)\}", source)
        found.update((option, argument) for option, argument in rows(SOURCES["src/cli/begin.c"]).items()
                     if option == "help" or ".%s =" % option in takes)
    return found


def of_tool():
    """{command: {option: argument}}, without those of common()"""
    table = re.findall(r'\{ "([a-z-]+)", (cmd_[a-z_]+), "', SOURCES["src/cli/main.c"])
    return {name: options(function) for name, function in table}


def of_unlock():
    """the commands of bootseal-unlock, and its options"""
    source = read("src/unlock/main.c")
    return re.findall(r'\{ "([a-z-]+)", cmd_[a-z]+ \}', source), rows(source)


def common():
    """Those that every command takes, beside --help"""
    return rows(SOURCES["src/cli/options.c"])


def unread(commands):
    """Rows of a table that belong to no command: then this file does not see all of them"""
    known = set().union(common(), *commands.values())
    return ["%s: --%s" % (name, option) for name, source in SOURCES.items() for option in dict(ROW.findall(source))
            if option not in known]


def compare(where, have, want):
    """Findings where two sets differ"""
    return ["%s: %s is missing" % (where, x) for x in sorted(want - have)] + \
        ["%s: %s does not exist" % (where, x) for x in sorted(have - want)]


def output(*argv, **more):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more).stdout


class Tap:
    def __init__(self):
        self.count = self.bad = 0

    def is_empty(self, what, findings):
        findings = [f for f in findings if f]
        self.count += 1
        self.bad += bool(findings)
        print("%sok %d - %s" % ("not " if findings else "", self.count, what))
        for finding in findings:
            print("# " + finding)

    def end(self):
        print("1..%d" % self.count)
        sys.exit(1 if self.bad else 0)
