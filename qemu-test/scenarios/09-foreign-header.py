"""The disk gets another LUKS header while the machine is off: with a null cipher; with a volume key, a token,
an index and a sealed object of the attacker's own under the real storage key; and the real header with only
the token forged. All are refused, the user is warned before a passphrase goes to a foreign header, and the
attacker's root finds the window closed."""
import base64
import os

from lib import attacker, images, luks2, policy
from lib.disk import Disk
from lib.guests_view import window_is_closed
from lib.hosttpm import HostTpm

PASSPHRASE = "attacker's own"


def scenario(t):
    t.start_from(images.enrolled())
    disk = Disk(t.state.disk)
    header = disk.read_luks_header()
    forged = _forge(t, luks2.token(header)[1])

    disk.write_luks_header(_with_token(header, forged, luks2.token(header)[1]["keyslots"][0]))
    with t.machine() as vm:
        t.asks(vm, "the real header with a forged token",
               "not unlocked by the TPM: its token names a different policy index than the anchor")
        vm.answer()
        vm.wait_for_shell()
        t.ok("the passphrase opens, the window is closed", window_is_closed(vm))
        vm.pull_the_plug()

    document = luks2.metadata(header)
    document["segments"]["0"]["encryption"] = "cipher_null-ecb"
    disk.write_luks_header(luks2.with_metadata(header, document))
    disk.write_behind_header(attacker.root_image(t.work))
    _boot_foreign(t, "a null cipher", "correct horse")

    uuid = document_uuid(header)
    foreign, data = attacker.volume(t.work, PASSPHRASE, uuid)
    disk.write_luks_header(_with_token(foreign, forged, "0"))
    disk.write_behind_header(data)
    _boot_foreign(t, "another volume key with a forged token, index and sealed object", PASSPHRASE)


def document_uuid(header):
    return header[168:208].split(b"\0")[0].decode()


def _boot_foreign(t, what, passphrase):
    with t.machine() as vm:
        vm.serial.expect(rb"bootseal: WARNING: [^\r\n]*\r?\n", rb"Please unlock", timeout=300)
        console = vm.console()
        if not t.ok(what + ": no quiet prompt", "Please unlock" not in console, console[-3000:]):
            return
        t.says(what + ": refused, with a warning", console, "cryptroot: not unlocked by the TPM",
               "WARNING: cryptroot",
               never=["unlocked by the TPM$"])
        vm.serial.expect(rb"type YES:", timeout=60)
        vm.type_line("yes")
        vm.serial.expect(rb"type YES:", timeout=60)
        vm.type_line("YES")
        vm.wait_for_prompt()
        vm.answer(passphrase)
        _, match = vm.serial.expect(attacker.SAYS.encode() + rb"; PCR 15 is ([0-9A-Fa-f]*)\.", timeout=120)
        value = match.group(1).decode()
        t.ok(what + ": the attacker's root finds PCR 15 extended", len(value) == 64 and set(value) != {"0"},
             value)
        vm.wait_for_end()


def _with_token(header, token, keyslot):
    document = luks2.metadata(header)
    numbers = [n for n, e in document["tokens"].items() if e["type"] == "bootseal"] or ["0"]
    document["tokens"][numbers[0]] = dict(token, keyslots=[keyslot])
    return luks2.with_metadata(header, document)


def _forge(t, real):
    """A token that is right in itself: an index that the attacker may write, holding the digest of the real
    branches, and an object under the real storage key whose policy is that index and whose secret is the
    attacker's passphrase."""
    folder = os.path.join(t.work, "forge")
    os.makedirs(folder)
    index = "0x0180b00e"
    with open(os.path.join(folder, "digest"), "wb") as file:
        file.write(b"\x00\x0b" + policy.root(real["generations"][0]))
    with open(os.path.join(folder, "secret"), "w", encoding="utf-8") as file:
        file.write(PASSPHRASE)
    with HostTpm(t.state.tpm, folder) as tpm:
        tpm.sh("""
            tpm2_nvdefine -Q -C o -s 34 -a 'ownerwrite|authwrite|ownerread|authread|no_da' %(index)s
            tpm2_nvwrite -Q -C o -i digest %(index)s
            tpm2_startauthsession -S trial
            tpm2_policyauthorizenv -Q -S trial -C o -L object.policy %(index)s
            tpm2_flushcontext trial
            tpm2_create -Q -C 0x81000001 -i secret -L object.policy -a 'fixedtpm|fixedparent|noda|adminwithpolicy' -u pub -r priv
            tpm2_nvreadpublic %(index)s > public
        """ % {"index": index})
        name = tpm.sh("sed -n 's/^ *name: *//p' public").strip()
    with open(os.path.join(folder, "pub"), "rb") as public, open(os.path.join(folder, "priv"),
                                                                 "rb") as private:
        blob = public.read() + private.read()
    return dict(real, index=index, index_name=name, object=base64.b64encode(blob).decode())
