"""A user installs the package on a freshly booted machine, runs `bootseal enroll` and reboots: no passphrase.
After that nobody gets the key a second time in the same boot: root neither with tpm2-tools nor with
bootseal-unlock."""
import os

from lib import eventlog, images, kernels, policy
from lib.guests_view import booted_up, event_log, pcr, token, unlock_report, window_is_closed
from lib.hosttpm import HostTpm


def scenario(t):
    notes = images.notes(images.enrolled())
    t.says("apt-get install ends well", notes["install"]["out"], r"Setting up bootseal",
           never=[r"(?i)error", "bootseal:.*WARN"])
    t.says("enroll says what the next boot will do", notes["enroll"]["out"],
           r"Next boot .*%s.* will unlock automatically" % kernels.old())
    t.ok("check says yes right after enrolment", notes["check"]["status"] == 0, notes["check"]["out"])

    t.start_from(images.enrolled())
    with t.machine() as vm:
        t.opens_by_itself(vm, "reboot")
        t.says("the console says who opened it", vm.console(), "bootseal: cryptroot: unlocked by the TPM")
        t.ok("every unit of the boot came up", booted_up(vm), vm.try_run("systemctl --failed").out)
        t.ok("PCR 15 is not zero", window_is_closed(vm), pcr(vm, 15))
        report = unlock_report(vm)
        t.ok("unlock.json says that the window is closed", report["window"] == "closed"
             and report["exit"] == 0, report)
        t.ok("the boot service has judged this boot",
             vm.try_run("test -s /run/bootseal/calibration.json").status == 0)
        status = vm.try_run("bootseal status")
        t.ok("status ends with 0", status.status == 0, status)
        t.says("status says so in words", status.out, "unlocks automatically", "unlocked by the TPM in",
               "will unlock")
        made = _unseal_by_hand(t, vm)
        _unlock_as_root(t, vm)
        vm.power_off()
    _unseal_where_the_window_is_open(t, made)


def _unseal_by_hand(t, vm):
    """tpm2-tools with everything that the token and the log tell."""
    entry = token(vm)
    values = {n: pcr(vm, n) for n in policy.PCRS}
    log = event_log(vm)
    composite = policy.composite_of(values)
    generation = next(g for g in entry["generations"] if composite in [c for _, c in policy.branches(g)])
    files = policy.unseal_files(entry, generation, composite)
    vm.run("mkdir /run/by-hand")
    for name, data in files.items():
        vm.write("/run/by-hand/" + name, data)
    result = vm.try_run("export TPM2TOOLS_TCTI=device:/dev/tpmrm0\n"
                        + policy.unseal_script(entry, generation, composite, "/run/by-hand"))
    t.ok("root cannot unseal by hand with tpm2-tools", result.status != 0, result)
    t.says("because PCR 15 has moved on: the TPM refuses the PolicyOR", result.out,
           "Esys_PolicyOR|Esys_PolicyPCR|Esys_Unseal")
    return entry, generation, composite, files, log


def _unlock_as_root(t, vm):
    vm.run("sed 's/ cryptroot / again /' /etc/bootseal/anchor > /run/by-hand/anchor\n"
           "sed 's/^cryptroot /again /' /etc/crypttab > /run/by-hand/crypttab")
    result = vm.try_run("/usr/lib/bootseal/bootseal-unlock --anchor /run/by-hand/anchor --crypttab "
                        "/run/by-hand/crypttab "
                        "--run-dir /run/by-hand/run open")
    t.ok("root cannot open it with bootseal-unlock", result.status not in (0, 2, 3, 7), result)
    t.ok("no second mapping is there", vm.try_run("test -e /dev/mapper/again").status != 0)


def _unseal_where_the_window_is_open(t, made):
    """The counter-test: the very same commands succeed on the same TPM with the same PCRs and PCR 15 zero."""
    entry, generation, composite, files, log = made
    folder = os.path.join(t.work, "by-hand")
    os.makedirs(folder)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    with HostTpm(t.state.tpm, folder) as tpm:
        extends = ["%d:sha256=%s" % (e.pcr, e.digest) for e in eventlog.parse(log) if e.pcr in policy.PCRS]
        tpm.sh("tpm2_pcrextend " + " ".join(extends))
        said = tpm.sh(policy.unseal_script(entry, generation, composite, folder))
    t.ok("the same commands do unseal while PCR 15 is zero (on the host)", len(said.split()[-1]) == 64, said)
