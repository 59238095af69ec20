#include "seal/tpm_pcrs.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"

void tpm_select(pcr_mask mask, TPML_PCR_SELECTION *ret)
{
	*ret = (TPML_PCR_SELECTION){ .count = 1,
				     .pcrSelections = { {
					     .hash = TPM2_ALG_SHA256,
					     .sizeofSelect = 3,
					     .pcrSelect = { mask, mask >> 8, mask >> 16 },
				     } } };
}

/* One PCR_Read: up to eight of the wanted ones, in ascending order. */
static int read_some(struct tpm *t, uint32_t *wanted, struct error *err, uint32_t *ret_counter,
		     uint8_t ret[static PCR_COUNT][SHA256_LEN])
{
	TPML_PCR_SELECTION in, *out = NULL;
	TPML_DIGEST *values = NULL;
	unsigned int pcr = 0, n = 0;
	TSS2_RC rc;
	int r = 0;

	tpm_select(*wanted, &in);
	TPM_TRY(t, rc, Esys_PCR_Read(t->esys, NO_SESSION, &in, ret_counter, &out, &values));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "PCR_Read", err);
	if (out->count != 1 || out->pcrSelections[0].hash != TPM2_ALG_SHA256)
		goto lacking;
	for (; pcr < PCR_COUNT; pcr++) {
		if (!(out->pcrSelections[0].pcrSelect[pcr / 8] >> pcr % 8 & 1))
			continue;
		if (!(*wanted >> pcr & 1) || n >= values->count || values->digests[n].size != SHA256_LEN)
			goto lacking;
		memcpy(ret[pcr], values->digests[n++].buffer, SHA256_LEN);
		*wanted &= ~(1u << pcr);
	}
	if (n > 0)
		goto out;
lacking:
	r = error_set(err, -EOPNOTSUPP,
		      "TPM: PCR_Read: the SHA-256 bank lacks a PCR that is needed, or is off: turn it on in "
		      "the "
		      "firmware's setup, or with 'tpm2_pcrallocate sha256:all', and restart");
out:
	Esys_Free(out);
	Esys_Free(values);
	return r;
}

int tpm_pcrs(struct tpm *t, pcr_mask mask, struct error *err, uint8_t ret[static PCR_COUNT][SHA256_LEN])
{
	uint8_t values[PCR_COUNT][SHA256_LEN];
	const int64_t began = log_begin();
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	/* more than eight take several commands: begin again when something was extended in between */
	for (int tries = 0; tries < 4; tries++) {
		uint32_t wanted = mask & PCR_ALL, first = 0, counter = 0;
		bool begun = false;

		memset(values, 0, sizeof(values));
		while (wanted) {
			r = read_some(t, &wanted, err, &counter, values);

			if (r < 0)
				return r;
			if (!begun)
				first = counter;
			begun = true;
		}
		if (counter == first) {
			memcpy(ret, values, sizeof(values));
			log_step_since(began, "TPM: read %d PCRs", __builtin_popcount(mask & PCR_ALL));
			return 0;
		}
	}
	return error_set(err, -EAGAIN, "TPM: PCR_Read: the PCRs keep changing");
}

int tpm_require(struct tpm *t, struct error *err)
{
	static const TPM2_CC needed[] = {
		TPM2_CC_PolicyAuthorizeNV, TPM2_CC_PolicySigned, TPM2_CC_PolicyOR,
		TPM2_CC_PolicyPCR,	   TPM2_CC_PCR_Event,
	};
	static const char *const names[] = { "PolicyAuthorizeNV", "PolicySigned", "PolicyOR", "PolicyPCR",
					     "PCR_Event" };
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		TPMS_CAPABILITY_DATA *data = NULL;
		TPMI_YES_NO more;
		TSS2_RC rc;
		bool there;

		TPM_TRY(t, rc,
			Esys_GetCapability(t->esys, NO_SESSION, TPM2_CAP_COMMANDS, needed[i], 1, &more,
					   &data));
		if (rc != TSS2_RC_SUCCESS)
			return tpm_error(rc, "GetCapability", err);
		there = data->data.command.count >= 1 &&
			(data->data.command.commandAttributes[0] & TPMA_CC_COMMANDINDEX_MASK) == needed[i];
		Esys_Free(data);
		if (!there)
			return error_set(err, -EOPNOTSUPP,
					 "this TPM lacks the command %s, which moving the policy needs",
					 names[i]);
	}
	return tpm_pcrs(t, PCR_ALL, err, pcrs);
}
