"""What those who watch many machines see of one, and what Prometheus makes of it."""
import glob
import json
import os
import re

from . import apt, cache, fleet, kernels, procs, steps
from .guests_view import booted_up

TEXTFILE = "/var/lib/prometheus/node-exporter/bootseal.prom"
# its timer may start it again just then
HEALTH = ("systemctl start bootseal-health; while [ \"$(systemctl show -P ActiveState bootseal-health)\" = activating ]; "
          "do sleep 1; done; systemctl show -p ActiveState -p Result bootseal-health")


def _fetch_promtool(folder):
    apt.run("bookworm", "apt-get", "download", "-q", "prometheus", cwd=folder)
    deb = glob.glob(os.path.join(folder, "prometheus_*.deb"))[0]
    procs.run(["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --strip-components=3 ./usr/bin/promtool', "sh",
               deb, folder])
    os.unlink(deb)


def promtool(*arguments, text="", cwd=fleet.DOC):
    """What Debian's promtool says of this, and its exit status."""
    program = os.path.join(cache.folder("promtool", kernels.packages_now(["prometheus"]), _fetch_promtool), "promtool")
    done = procs.run(["sh", "-c", 'printf %s "$TEXT" | "$@" 2>&1; echo "exit $?"', "sh", program, *arguments],
                     env=dict(os.environ, TEXT=text), cwd=cwd).decode()
    said, _, status = done.rpartition("exit ")
    return said, int(status)


def alerts_of(t, metrics, now):
    """The alerts of doc/fleet that a machine with these metrics fires where they stay: after 25 hours, and after 50, when
    nobody has looked at the machine since."""
    series = []
    for line in metrics.split("\n"):
        if m := re.fullmatch(r"(bootseal_[a-z_]+)(?:\{(.*)\})? (\S+)", line):
            name, labels, value = m.groups()
            if name == "bootseal_check_timestamp_seconds":
                value = str(int(float(value)) - now)  # promtool's time begins at 0
            series.append({"series": "%s{%s}" % (name, ",".join(filter(None, ['instance="vm"', labels]))),
                           "values": value + "x310"})
    rules = os.path.join(fleet.DOC, "alerts.yml")
    with open(rules, encoding="utf-8") as file:
        names = re.findall(r"- alert: (\w+)", file.read())
    fired = []
    for hours in 25, 50:
        tests = [{"eval_time": "%dh" % hours, "alertname": name} for name in names]
        path = os.path.join(t.work, "alerts.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"rule_files": [rules], "evaluation_interval": "10m",
                       "tests": [{"interval": "10m", "input_series": series, "alert_rule_test": tests}]}, file)
        said, status = promtool("test", "rules", path)
        found = set(re.findall(r"alertname: *(\w+)", said))
        if (status != 0) != bool(found) or not series:
            raise RuntimeError("promtool: %d: %s" % (status, said))
        fired.append(found)
    return fired


def watched(t, vm, when, result, alerts):
    """The health unit is asked; its result, the textfile, node_exporter and the alerts are these. Returns the metrics."""
    said = vm.try_run(HEALTH, steps.LONG)
    good = result == "success"
    t.says("%s: the health unit %s" % (when, "succeeds" if good else "fails"), said.out,
           "ActiveState=%s" % ("inactive" if good else "failed"), "Result=%s" % result)
    failed = vm.run("systemctl --failed --no-legend --plain")
    t.ok("%s: 'systemctl --failed' %s" % (when, "is empty" if good else "names it alone"),
         [line.split()[0] for line in failed.split("\n") if line.strip()] == ([] if good else ["bootseal-health.service"]), failed)
    metrics = vm.run("cat " + TEXTFILE)
    checked, status = promtool("check", "metrics", text=metrics)
    t.ok("%s: promtool has nothing to say against the textfile" % when, status == 0 and not checked.strip(), checked)
    served = vm.run("curl -sf http://127.0.0.1:9100/metrics | grep '^bootseal_'", steps.LONG)
    names = [line.split()[0] for line in metrics.split("\n") if line.startswith("bootseal_")]
    t.ok("%s: node_exporter serves all of it" % when, names and [line.split()[0] for line in served.split("\n") if line] == sorted(names),
         (names, served))
    fired = alerts_of(t, metrics, int(vm.run("date +%s")))
    t.ok("%s: the alerts are %s, and that it is old when it is" % (when, " and ".join(alerts) or "none"),
         fired == [set(alerts), {*alerts, "BootsealCheckIsOld"}], (fired, metrics))
    return metrics


def replace_initrd(vm, initrd):
    """With one that no hook has seen; the old one is kept in /root/initrd. Another time in the gzip header: the archive stays
    what it is."""
    vm.run("cp -a %s /root/initrd && printf '\\1' | dd of=%s bs=1 seek=4 conv=notrunc status=none && ! cmp -s /root/initrd %s"
           % (initrd, initrd, initrd))


def guard_is_on(t, vm):
    t.ok("the guard of restarts is on", vm.try_run("systemctl is-enabled bootseal-reboot-guard && "
                                                 "systemctl is-active bootseal-reboot-guard").status == 0)


def opens_from_now_on(t, vm):
    vm.reboot()
    t.opens_by_itself(vm, "reboot")
    t.says("the TPM has opened it", vm.console(), "cryptroot: unlocked by the TPM")
    booted_up(vm)
    steps.is_trusted(t, vm, "reboot")
    watched(t, vm, "reboot", "success", [])
