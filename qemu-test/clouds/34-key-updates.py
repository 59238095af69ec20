"""Firmware with Azure's keys, each certificate a list of its own, and one more key that may update them. db, then dbx is
updated from inside: announced, applied, restarted, no prompt. An update that nobody has announced is seen when the machine
shuts down, and does not ask either."""
import shutil

from lib import firmware, images, steps, vm as machines


def scenario(t):
    t.start_from(images.plain())
    keys, origin = firmware.azure_keys()
    t.note("firmware variables made from " + origin)
    signer = firmware.Signer(t.work, "updates")
    added = [firmware.Signer(t.work, name).certificate for name in ("first", "second")]
    keys["KEK"] += firmware.signature_list(firmware.X509, signer.certificate)
    shutil.copyfile(machines.OVMF_VARS, t.state.vars)
    firmware.set_keys(t.state.vars, keys)
    with images.repo() as source, t.machine() as vm:
        vm.boot_with_passphrase()
        for name, content in keys.items():
            t.ok("the firmware holds our %s" % name, vm.read(firmware.path_in_guest(name))[4:] == content)
        banks = vm.run("ls /sys/class/tpm/tpm0")
        t.ok("the TPM has a bank of SHA-384 beside that of SHA-256", "pcr-sha384" in banks and "pcr-sha256" in banks, banks)
        source.use_in(vm)
        vm.run(images.APT_INSTALL + "bootseal", 1800)
        t.ok("Secure Boot is on", vm.read(firmware.path_in_guest("SecureBoot"))[-1] == 1)
        enroll = steps.try_enroll(vm)
        t.ok("enroll ends well", enroll.status == 0, enroll)
        vm.reboot()
        t.opens_by_itself(vm, "with these keys")
        steps.is_trusted(t, vm, "with these keys")
        _update(t, vm, "db", signer.update("db", firmware.signature_list(firmware.X509, added[0])))
        _update(t, vm, "dbx", signer.update("dbx", firmware.signature_list(firmware.SHA256, b"\x5a" * 32)))
        # nobody announces it
        _apply(vm, "db", signer.update("db", firmware.signature_list(firmware.X509, added[1])))
        vm.reboot()
        t.opens_by_itself(vm, "an update that was not announced, after an orderly shutdown")
        vm.power_off()


def _apply(vm, name, update):
    """As fwupd does it: one write of attributes and update."""
    attributes = firmware.AUTHENTICATED | firmware.APPEND
    vm.write("/run/update", attributes.to_bytes(4, "little") + update)
    path = firmware.path_in_guest(name)
    vm.run("chattr -i %s; dd if=/run/update of=%s bs=64k conv=notrunc oflag=append status=none" % (path, path))


def _update(t, vm, name, update):
    before = vm.read(firmware.path_in_guest(name))
    vm.write("/run/%s.auth" % name, update)
    said = vm.try_run("bootseal reseal --next-%s /run/%s.auth" % (name, name), 600)
    t.ok("%s: announcing ends well" % name, said.status == 0, said)
    t.says("%s: the boot after the update is among those that unlock" % name, said.out, "with the announced %s" % name)
    _apply(vm, name, update)
    after = vm.read(firmware.path_in_guest(name))
    t.ok("%s: the firmware has taken the update" % name, len(after) > len(before), (len(before), len(after)))
    vm.reboot()
    t.opens_by_itself(vm, "%s: the boot after the update" % name)
    steps.is_trusted(t, vm, "with the new " + name)
