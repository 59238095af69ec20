"""The file in which OVMF keeps its variables (EDK2, MdeModulePkg/Include/Guid/VariableFormat.h), and keys of Secure
Boot: signature lists and signed updates (UEFI 2.10, 8.2.2 and 32.4.1)."""
import base64
import json
import os
import struct
import uuid

from . import images, procs, vm as machines

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c").bytes_le
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f").bytes_le
OWNER = uuid.UUID("77fa9abd-0359-4d32-bd60-28f4e78f784b").bytes_le
X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072").bytes_le
SHA256 = uuid.UUID("c1c41626-504c-4092-aca9-41f936934328").bytes_le
PKCS7 = uuid.UUID("4aafd29d-68df-49ee-8aa9-347d375665a7").bytes_le
VENDOR = {"PK": GLOBAL, "KEK": GLOBAL, "db": SECURITY, "dbx": SECURITY}
AUTHENTICATED = 0x27  # non-volatile, boot service and run time access, time-based authenticated writes
APPEND = 0x40

STORE = struct.Struct("<16sIBBHI")
VARIABLE = struct.Struct("<HBBIQ16sIII16s")
ADDED, DELETED = 0x3f, 0x3d  # states
FVH_LENGTH_AT = 48
TIME = struct.pack("<HBBBBBBIhBB", 2025, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0)
LATER = struct.pack("<HBBBBBBIhBB", 2026, 11, 1, 0, 0, 0, 0, 0, 0, 0, 0)
CONTENT_INFO = 4 + 11 + 4  # bytes: its sequence, the type, the tag of what it holds; each of two bytes of length
TEMPLATE = "vectors/azure/secureboot/openvmm-MicrosoftUEFI_Template.json"


def path_in_guest(name):
    """Its file in the running system: four bytes of attributes, then the content."""
    return "/sys/firmware/efi/efivars/%s-%s" % (name, uuid.UUID(bytes_le=VENDOR.get(name, GLOBAL)))


def signature_list(kind, *values):
    size = 16 + len(values[0])
    return kind + struct.pack("<III", 28 + size * len(values), 0, size) + b"".join(OWNER + v for v in values)


def _values(lists):
    """What is in these lists: (type, value)."""
    while lists:
        kind, (total, header, size) = lists[:16], struct.unpack_from("<III", lists, 16)
        body = lists[28 + header:total]
        for at in range(0, len(body), size):
            yield kind, body[at + 16:at + size]
        lists = lists[total:]


def each_its_own_list(lists):
    """As Azure's firmware has them: each certificate a list of its own, the digests one."""
    found = list(_values(lists))
    made = b"".join(signature_list(kind, value) for kind, value in found if kind == X509)
    digests = [value for kind, value in found if kind == SHA256]
    return made + (signature_list(SHA256, *digests) if digests else b"")


def _variables(image):
    """(where, state, name, vendor, content) of each, then where the next one goes."""
    store, = struct.unpack_from("<H", image, FVH_LENGTH_AT)
    at = store + STORE.size
    while struct.unpack_from("<H", image, at)[0] == 0x55aa:
        _, state, _, _, _, _, _, name_size, size, vendor = VARIABLE.unpack_from(image, at)
        body = at + VARIABLE.size
        name = image[body:body + name_size].decode("utf-16-le").rstrip("\0")
        yield at, state, name, vendor, bytes(image[body + name_size:body + name_size + size])
        at = (body + name_size + size + 3) & ~3
    yield at, None, None, None, None


def keys_of(path):
    """PK, KEK, db and dbx in that file: {name: content}."""
    with open(path, "rb") as file:
        image = file.read()
    return {name: content for _, state, name, vendor, content in _variables(image)
            if state == ADDED and VENDOR.get(name) == vendor}


def set_keys(path, keys):
    """Puts them in place of those in that file."""
    with open(path, "rb") as file:
        image = bytearray(file.read())
    for at, state, name, vendor, _ in list(_variables(image)):
        if name in keys and VENDOR[name] == vendor and state == ADDED:
            image[at + 2] &= DELETED
    for name, content in keys.items():
        at = list(_variables(image))[-1][0]
        wide = (name + "\0").encode("utf-16-le")
        record = VARIABLE.pack(0x55aa, ADDED, 0, AUTHENTICATED, 0, TIME, 0, len(wide), len(content), VENDOR[name])
        image[at:at + len(record) + len(wide) + len(content)] = record + wide + content
    with open(path, "wb") as file:
        file.write(image)


def template(shared):
    """Azure's, as it hands it to who makes an image."""
    with open(os.path.join(shared, TEMPLATE), encoding="utf-8") as file:
        given = json.load(file)["properties"]["uefiSettings"]["signatures"]

    def content(entry):
        values = [base64.b64decode(value) for value in entry["value"]]
        return (b"".join(signature_list(X509, v) for v in values) if entry["type"] == "x509"
                else signature_list(SHA256, *values))
    return {name: b"".join(map(content, entries if isinstance(entries, list) else [entries]))
            for name, entries in given.items()}


def azure_keys():
    """What Azure's template holds, where it is there; else OVMF's, with each certificate in a list of its own. And
    which of the two it was."""
    shared = os.environ.get("BOOTSEAL_SHARED") or os.path.join(images.ROOT, "..", "shared")
    if os.path.exists(os.path.join(shared, TEMPLATE)):
        return template(shared), "Azure's template"
    return {n: each_its_own_list(c) for n, c in keys_of(machines.OVMF_VARS).items()}, "OVMF's keys"


def as_config(keys):
    """The JSON that holds the variables themselves."""
    return {name: base64.b64encode(content).decode() for name, content in keys.items()}


def as_azure_disk(keys):
    """The JSON of an Azure disk with them."""
    def entries(lists):
        found = list(_values(lists))
        digests = [value for kind, value in found if kind == SHA256]
        made = [{"type": "x509", "value": [base64.b64encode(value).decode()]} for kind, value in found if kind == X509]
        return made + ([{"type": "sha256", "value": [base64.b64encode(v).decode() for v in digests]}] if digests else [])
    signatures = {name: entries(lists) for name, lists in keys.items()}
    signatures["PK"] = signatures["PK"][0]
    return {"type": "Microsoft.Compute/disks",
            "properties": {"uefiSettings": {"signatureMode": "Replace", "signatures": signatures}}}


class Signer:
    """A certificate of our own, and what it signs."""

    def __init__(self, folder, name):
        self.key, self.pem = os.path.join(folder, name + ".key"), os.path.join(folder, name + ".pem")
        procs.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", "/CN=" + name,
                   "-keyout", self.key, "-out", self.pem])
        self.folder = folder
        self.certificate = procs.run(["openssl", "x509", "-in", self.pem, "-outform", "DER"])

    def update(self, name, lists):
        """An authenticated update that appends these lists to that variable: the content of a *.auth file."""
        signed = os.path.join(self.folder, "signed")
        with open(signed, "wb") as file:
            file.write(name.encode("utf-16-le") + VENDOR[name] + struct.pack("<I", AUTHENTICATED | APPEND) + LATER + lists)
        blob = procs.run(["openssl", "cms", "-sign", "-binary", "-noattr", "-md", "sha256", "-outform", "DER",
                          "-in", signed, "-signer", self.pem, "-inkey", self.key])
        # EDK2 of Debian 12 wants SignedData alone, without the ContentInfo around it (RFC 5652, 3)
        blob = blob[CONTENT_INFO:]
        assert blob[0] == 0x30, blob[:8]
        return LATER + struct.pack("<IHH", 24 + len(blob), 0x200, 0xef1) + PKCS7 + blob + lists
