"""The policy as a stranger would compute it from the token, for unsealing by hand with tpm2-tools.

TPM 2.0 Library, Part 3, 23.6 and 23.7; the shape of the policy is in src/seal/policy.h, of the token in
src/seal/token.h. """
import base64
import hashlib
import struct

PCRS = (4, 7, 8, 9, 14, 15)
BRANCH_LEN = 4 + 32 + 4 * (len(PCRS) - 1)
CC_POLICY_OR = 0x171
CC_POLICY_PCR = 0x17F


def _step(code, rest):
    return hashlib.sha256(bytes(32) + struct.pack(">I", code) + rest).digest()


def branches(generation):
    """[(id, composite)] of one generation of the token."""
    packed = base64.b64decode(generation["branches"])
    return [(struct.unpack_from(">I", packed, at)[0], packed[at + 4:at + 36])
            for at in range(0, len(packed), BRANCH_LEN)]


def policy_pcr(composite):
    bits = sum(1 << n for n in PCRS)
    selection = struct.pack(">IHB", 1, 0x000B, 3) + bits.to_bytes(3, "little")
    return _step(CC_POLICY_PCR, selection + composite)


def composite_of(values):
    """values: PCR number -> hexadecimal. PCR 15 counts as zero."""
    return hashlib.sha256(b"".join(bytes(32) if n == 15 else bytes.fromhex(values[n]) for n in PCRS)).digest()


def or_steps(generation, composite):
    """The digest lists of the PolicyOR calls that lead from this branch to the root."""
    leaves = [policy_pcr(c) for _, c in branches(generation)]
    groups = [leaves[i:i + 8] for i in range(0, len(leaves), 8)]
    groups = [g if len(g) > 1 else g * 2 for g in groups]
    mine = policy_pcr(composite)
    steps = [next(g for g in groups if mine in g)]
    if len(groups) > 1:
        steps.append([_step(CC_POLICY_OR, b"".join(g)) for g in groups])
    return steps


def root(generation):
    """The digest that the policy index must hold for this generation."""
    first = branches(generation)[0][1]
    return _step(CC_POLICY_OR, b"".join(or_steps(generation, first)[-1]))


def split_object(token):
    """TPM2B_PUBLIC and TPM2B_PRIVATE of the sealed object."""
    both = base64.b64decode(token["object"])
    length = 2 + struct.unpack_from(">H", both)[0]
    return both[:length], both[length:]


def unseal_script(token, generation, composite, folder):
    """Shell text that does by hand what bootseal-unlock does, with files in folder: the secret on its last
    line."""
    selection = "sha256:" + ",".join(map(str, PCRS))
    lines = ["cd '%s' && tpm2_flushcontext -t && tpm2_flushcontext -l" % folder,
             "tpm2_load -Q -C 0x81000001 -u object.pub -r object.priv -c object.ctx",
             "tpm2_startauthsession --policy-session -S session.ctx",
             "tpm2_policypcr -Q -S session.ctx -l %s" % selection]
    for number, digests in enumerate(or_steps(generation, composite)):
        names = ["or-%d-%d" % (number, i) for i in range(len(digests))]
        lines.append("tpm2_policyor -Q -S session.ctx -l sha256:" + ",".join(names))
    lines += ["tpm2_policyauthorizenv -Q -S session.ctx %s" % token["index"],
              "tpm2_unseal -p session:session.ctx -c object.ctx | od -An -v -tx1 | tr -d ' \\n' && echo"]
    return " &&\n".join(lines)


def unseal_files(token, generation, composite):
    """Name -> content of the files that unseal_script() needs."""
    public, private = split_object(token)
    files = {"object.pub": public, "object.priv": private}
    for number, digests in enumerate(or_steps(generation, composite)):
        for i, digest in enumerate(digests):
            files["or-%d-%d" % (number, i)] = digest
    return files
