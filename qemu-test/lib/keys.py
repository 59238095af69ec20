"""The keys of an enrolled machine, had on the host with the machine's own TPM: what a scenario looks for must
be known."""
import base64
import hashlib
import os

from . import eventlog, luks2, policy, procs
from .guests_view import event_log, pcr, token
from .hosttpm import HostTpm


class Boot:
    """What the running machine tells of a boot that the TPM opened."""

    def __init__(self, vm):
        self.token = token(vm)
        self.log = event_log(vm)
        self.composite = policy.composite_of({n: pcr(vm, n) for n in policy.PCRS})
        self.generation = next(g for g in self.token["generations"]
                               if self.composite in [c for _, c in policy.branches(g)])
        self.files = policy.unseal_files(self.token, self.generation, self.composite)

    def unseal_script(self, folder):
        return policy.unseal_script(self.token, self.generation, self.composite, folder)


def unseal_on_host(boot, tpm_state, folder):
    """What tpm2_unseal prints after the same measurements, with PCR 15 still zero: the key in hexadecimal."""
    os.makedirs(folder)
    for name, data in boot.files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)
    with HostTpm(tpm_state, folder) as tpm:
        extends = ["%d:sha256=%s" % (e.pcr, e.digest) for e in eventlog.parse(boot.log)
                   if e.pcr in policy.PCRS]
        tpm.sh("tpm2_pcrextend " + " ".join(extends))
        return tpm.sh(boot.unseal_script(folder)).split()[-1]


def volume_key(header, keyslot, key, folder):
    """The volume key, which this key gets out of that keyslot of the header. RuntimeError when it opens
    nothing."""
    paths = {name: os.path.join(folder, name) for name in ("header.luks", "keyslot.key", "volume.key")}
    for name, data in (("header.luks", header), ("keyslot.key", key)):
        with open(paths[name], "wb") as file:
            file.write(data)
    procs.run(["cryptsetup", "luksDump", "-q", "--dump-volume-key", "--key-slot", str(keyslot), "--key-file",
               paths["keyslot.key"],
               "--volume-key-file", paths["volume.key"], paths["header.luks"]])
    with open(paths["volume.key"], "rb") as file:
        return file.read()


def area_key(header, keyslot, key):
    """What PBKDF2 makes of the key: that is what the keyslot's area is encrypted with."""
    slot = luks2.metadata(header)["keyslots"][keyslot]
    kdf = slot["kdf"]
    if kdf["type"] != "pbkdf2":
        raise ValueError("keyslot %s uses %s" % (keyslot, kdf["type"]))
    return hashlib.pbkdf2_hmac(kdf["hash"], key, base64.b64decode(kdf["salt"]), kdf["iterations"],
                               slot["area"]["key_size"])
