#include "seal/tpm_error.h"

#include <errno.h>

#include "seal/tpm_transport.h"

TSS2_RC tpm_code(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	/* the kernel's resource manager answers for the TPM under its own layer number */
	if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER)
		return rc;
	rc &= 0xfff;
	/* Part 2, 6.6.2: format one has the number of the handle, session or parameter in higher bits */
	return rc & TPM2_RC_FMT1 ? rc & (TPM2_RC_FMT1 | 0x3f) : rc;
}

bool tpm_parameter_refused(TSS2_RC rc)
{
	TSS2_RC code = tpm_code(rc);

	return !(code & ~(TSS2_RC)0xfff) && (rc & TPM2_RC_FMT1) && (rc & TPM2_RC_P);
}

static const struct meaning {
	TSS2_RC code;
	int r;
	const char *words;
} meanings[] = {
	{ TPM2_RC_HANDLE, -ENOENT, "there is no object at that handle" },
	{ TPM2_RC_POLICY_FAIL, -EACCES, "the policy does not match" },
	{ TPM2_RC_POLICY, -EACCES, "the policy does not match" },
	{ TPM2_RC_PCR_CHANGED, -EACCES, "PCRs changed during the session" },
	{ TPM2_RC_SIGNATURE, -EACCES, "the signature is not valid for this command" },
	{ TPM2_RC_EXPIRED, -EACCES, "the authorisation has expired" },
	{ TPM2_RC_NONCE, -EACCES, "the session's nonce is not the one that was signed" },
	{ TPM2_RC_CPHASH, -EACCES, "the command is not the one that was signed" },
	{ TPM2_RC_POLICY_CC, -EACCES, "the command is not the one that the policy allows" },
	{ TPM2_RC_AUTH_FAIL, -EPERM, "authorisation refused" },
	{ TPM2_RC_BAD_AUTH, -EPERM, "authorisation refused: is an owner password set?" },
	{ TPM2_RC_AUTH_MISSING, -EPERM, "authorisation is missing" },
	{ TPM2_RC_AUTH_TYPE, -EPERM, "this kind of authorisation is not allowed here" },
	{ TPM2_RC_AUTH_UNAVAILABLE, -EPERM, "this kind of authorisation is not allowed here" },
	{ TPM2_RC_NV_AUTHORIZATION, -EPERM, "the NV index may not be used in this way" },
	{ TPM2_RC_LOCKOUT, -EPERM, "the TPM is locked after too many wrong authorisations" },
	{ TPM2_RC_NV_LOCKED, -EPERM, "the NV index is locked" },
	{ TPM2_RC_HIERARCHY, -EOPNOTSUPP, "the owner hierarchy is disabled" },
	{ TPM2_RC_NV_DEFINED, -EEXIST, "the NV index is there already" },
	{ TPM2_RC_NV_UNINITIALIZED, -ENODATA, "the NV index was never written" },
	{ TPM2_RC_NV_SPACE, -ENOSPC, "no room left for an NV index or a persistent key" },
	{ TPM2_RC_OBJECT_MEMORY, -ENOSPC, "no free slot for an object; a restart frees what others left" },
	{ TPM2_RC_OBJECT_HANDLES, -ENOSPC, "no free slot for an object; a restart frees what others left" },
	{ TPM2_RC_SESSION_MEMORY, -ENOSPC, "no free slot for a session; a restart frees what others left" },
	{ TPM2_RC_SESSION_HANDLES, -ENOSPC, "no free slot for a session; a restart frees what others left" },
	{ TPM2_RC_CONTEXT_GAP, -ENOSPC, "too many saved sessions" },
	{ TPM2_RC_MEMORY, -ENOSPC, "the TPM is out of memory" },
	{ TPM2_RC_COMMAND_CODE, -EOPNOTSUPP, "this TPM lacks the command" },
	{ TPM2_RC_INTEGRITY, -EBADMSG, "the object is damaged or was not made by this TPM" },
	{ TPM2_RC_RETRY, -EAGAIN, "the TPM is busy" },
	{ TPM2_RC_YIELDED, -EAGAIN, "the TPM is busy" },
	{ TPM2_RC_TESTING, -EAGAIN, "the TPM is testing itself" },
	{ TPM2_RC_NV_RATE, -EAGAIN, "the TPM limits how often it may be written" },
	{ TPM2_RC_NV_UNAVAILABLE, -EAGAIN, "the TPM's memory is not available now" },
	{ TPM2_RC_INITIALIZE, -EIO, "the firmware has not started the TPM" },
	{ TPM2_RC_FAILURE, -EIO, "the TPM is in failure mode" },
	{ TPM2_RC_REBOOT, -EIO, "the TPM wants a reboot" },
};

/* Codes of the layers on our side: the low 16 bits mean the same in all of them (tss2_common.h). */
static const struct meaning own_meanings[] = {
	{ TSS2_BASE_RC_NO_CONNECTION, -ENODEV, "no connection to the TPM" },
	{ TSS2_BASE_RC_IO_ERROR, -EIO, "the TPM device failed" },
	{ RC_LATE & ~TSS2_RC_LAYER_MASK, -ETIMEDOUT, "the TPM did not answer in time" },
	{ RC_TPM_12 & ~TSS2_RC_LAYER_MASK, -ENODEV,
	  "this is a TPM 1.2, and bootseal needs a TPM 2.0; some firmware setups can switch to one" },
	{ TSS2_BASE_RC_MEMORY, -ENOMEM, "out of memory" },
	{ TSS2_BASE_RC_MALFORMED_RESPONSE, -EIO, "the answer is malformed" },
	{ TSS2_BASE_RC_INSUFFICIENT_RESPONSE, -EIO, "the answer is too short" },
	{ TSS2_ESYS_RC_RSP_AUTH_FAILED & ~TSS2_RC_LAYER_MASK, -EIO, "the answer was modified on its way" },
};

int tpm_error(TSS2_RC rc, const char *command, struct error *err)
{
	TSS2_RC code = tpm_code(rc);
	bool own = code & TSS2_RC_LAYER_MASK;
	const struct meaning *m = own ? own_meanings : meanings;
	size_t n = own ? sizeof(own_meanings) / sizeof(*m) : sizeof(meanings) / sizeof(*m);

	if (own)
		code &= ~TSS2_RC_LAYER_MASK;
	for (; n > 0; n--, m++)
		if (m->code == code)
			return error_set(err, m->r, "TPM: %s: %s (0x%03x)", command, m->words, rc);
	return error_set(err, -EIO, "TPM: %s: failed (0x%03x)", command, rc);
}

int tpm_owner_error(TSS2_RC rc, const char *command, struct error *err)
{
	int r = tpm_error(rc, command, err);

	if (r == -EPERM)
		error_set(err, r,
			  "TPM: %s: an owner password is set (0x%03x); clear it with 'tpm2_changeauth -c "
			  "owner -p PASSWORD', run this command again, then set the password",
			  command, rc);
	else if (tpm_code(rc) == TPM2_RC_NV_SPACE)
		error_set(err, r,
			  "TPM: %s: its memory is full (0x%03x); see 'tpm2_getcap handles-nv-index' and "
			  "'tpm2_getcap handles-persistent'; 'tpm2_nvundefine HANDLE' removes an index",
			  command, rc);
	return r;
}
