"""What the scenarios ask the enrolled machine for."""
import json
import re

from . import luks2


def pcr(vm, number):
    return vm.run("cat /sys/class/tpm/tpm0/pcr-sha256/%d" % number).strip().lower()


def window_is_closed(vm):
    return set(pcr(vm, 15)) != {"0"}


def event_log(vm):
    return vm.read("/sys/kernel/security/tpm0/binary_bios_measurements")


def token(vm):
    """bootseal's token as the header holds it now, as a dict."""
    document = json.loads(vm.run("cryptsetup luksDump --dump-json-metadata /dev/disk/by-partlabel/root"))
    found = [t for t in document["tokens"].values() if t["type"] == "bootseal"]
    assert len(found) == 1, found
    return found[0]


def token_of_disk(disk):
    return luks2.token(disk.read_luks_header())[1]


def unlock_report(vm):
    """What bootseal-unlock left in /run."""
    return json.loads(vm.run("cat /run/bootseal/unlock.json"))


def booted_up(vm):
    """Wait for the end of the boot; True when no unit failed."""
    return vm.try_run("systemctl is-system-running --wait").out.strip() == "running"


def predicted(text):
    """`bootseal predict --events` as {label: {"pcrs": {n: hex}, "events": [(pcr, hex)]}}."""
    paths, path = {}, None
    for line in text.split("\n"):
        if line and not line[0].isspace():
            path = paths.setdefault(line.strip(), {"pcrs": {}, "events": []})
        elif path is not None and (m := re.match(r"\s+PCR +(\d+)\s+([0-9a-f]{64})$", line)):
            path["pcrs"][int(m.group(1))] = m.group(2)
        elif path is not None and (m := re.match(r"\s+(\d+) .*?\b([0-9a-f]{64}) ", line)):
            path["events"].append((int(m.group(1)), m.group(2)))
    return {label: path for label, path in paths.items() if path["pcrs"]}
