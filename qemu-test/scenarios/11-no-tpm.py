"""The TPM is taken out of the machine: the prompt comes, the passphrase opens, the boot goes on; and the
prompt comes about when it does on the same machine with plain cryptsetup-initramfs."""
from lib import images

# of the fastest boots; a TPM that is waited for takes seconds, of some ten to the prompt
RATIO_AT_MOST = 1.2
PAIRS_AT_MOST = 4  # whatever else the machine does meanwhile does not last for all of them


def scenario(t):
    images.enrolled()
    plain, ours = [], []
    while len(ours) < PAIRS_AT_MOST and (not ours or min(ours) > RATIO_AT_MOST * min(plain)):
        t.start_from(images.plain())
        plain.append(_time_to_prompt(t))
        t.start_from(images.enrolled())
        ours.append(_time_to_prompt(t))
    t.note("to the prompt: plain %s s, with bootseal %s s" % (_show(plain), _show(ours)))
    t.ok("the prompt comes at most %.1f times as late as with plain cryptsetup-initramfs" % RATIO_AT_MOST,
         min(ours) <= RATIO_AT_MOST * min(plain), "plain %s, ours %s" % (_show(plain), _show(ours)))
    with t.machine(tpm=False) as vm:
        t.asks(vm, "without the TPM", "not unlocked by the TPM: .*TPM")
        vm.answer()
        vm.wait_for_shell()
        t.ok("the boot goes on", True)
        status = vm.try_run("bootseal status")
        t.ok("status says that there is no TPM", status.status == 4 or "TPM" in status.out, status)


def _show(times):
    return "/".join("%.1f" % s for s in times)


def _time_to_prompt(t):
    with t.machine(tpm=False) as vm:
        vm.wait_for_prompt()
        return vm.prompt_after
