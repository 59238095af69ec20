#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "seal/tpm_internal.h"

#define PCR_READ_MAX 8 /* digests in one answer: TPML_DIGEST (Part 2) */
/* tss2's own names for these shift into an int's sign bit */
#define TRANSIENT_FIRST ((TPM2_HANDLE)TPM2_HT_TRANSIENT << TPM2_HR_SHIFT)
#define LOADED_SESSION_FIRST ((TPM2_HANDLE)TPM2_HT_LOADED_SESSION << TPM2_HR_SHIFT)

static int connect(struct tpm *t, struct error *err)
{
	TSS2_RC rc;
	int r = transport_open(&t->transport, t->conf, err);

	if (r < 0)
		return r;
	rc = Esys_Initialize(&t->esys, (TSS2_TCTI_CONTEXT *)&t->transport, NULL);
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, "ESYS", err);
}

static void disconnect(struct tpm *t)
{
	if (t->esys)
		Esys_Finalize(&t->esys);
	transport_close(&t->transport);
}

int tpm_open(const char *tcti, struct error *err, struct tpm **ret)
{
	struct tpm *t;
	int r;

	/* tpm2-tss writes its own log to stderr unless told otherwise; we say what failed in our words */
	setenv("TSS2_LOG", "all+none", 0);
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->srk = t->index = t->session = ESYS_TR_NONE;
	t->transport.time_left_ms = TOTAL_TIMEOUT_MS;
	if (tcti) {
		t->conf = strdup(tcti);
		r = t->conf ? 0 : -ENOMEM;
		if (r < 0)
			goto out;
	}
	r = connect(t, err);
	if (r < 0)
		goto out;
	*ret = t;
	t = NULL;
out:
	tpm_close(t);
	return r;
}

bool tpm_answers(const struct tpm *t)
{
	return t->answered;
}

static void flush_handle(struct tpm *t, TPM2_HANDLE handle)
{
	ESYS_TR tr;
	TSS2_RC rc;

	TPM_TRY(t, rc, Esys_TR_FromTPMPublic(t->esys, handle, NO_SESSION, &tr));
	if (rc == TSS2_RC_SUCCESS)
		tpm_flush(t, &tr);
}

/*
 * Of this kind, all that is loaded. Nobody else's can be: while /dev/tpm0 is open the kernel keeps what it does for others out of the
 * TPM between two commands, and /dev/tpmrm0 shows to each user their own.
 */
static void flush_kind(struct tpm *t, TPM2_HANDLE first)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc;

	TPM_TRY(t, rc, Esys_GetCapability(t->esys, NO_SESSION, TPM2_CAP_HANDLES, first, STALE_MAX, &more, &data));
	if (rc != TSS2_RC_SUCCESS)
		return;
	for (uint32_t i = 0; i < data->data.handles.count && i < STALE_MAX && !t->broken; i++)
		flush_handle(t, data->data.handles.handle[i]);
	Esys_Free(data);
}

/* What earlier flushes could not, or what nobody knows of. One try: what comes back is for the next boot. */
static void sweep(struct tpm *t)
{
	TPM2_HANDLE stale[STALE_MAX];
	size_t n = t->stale_count;

	memcpy(stale, t->stale, sizeof(stale));
	t->stale_count = 0;
	for (size_t i = 0; i < n && !t->broken; i++)
		flush_handle(t, stale[i]);
	if (!t->unseen || t->broken)
		return;
	t->unseen = false;
	flush_kind(t, TRANSIENT_FIRST);
	if (!t->broken)
		flush_kind(t, LOADED_SESSION_FIRST);
}

int tpm_ready(struct tpm *t, struct error *err)
{
	int r;

	if (t->transport.time_left_ms <= 0)
		return error_set(err, -ETIMEDOUT, "TPM: it did not answer in time");
	if (!t->broken)
		return 0;
	tpm_flush(t, &t->session); /* becomes a stale handle */
	t->srk = t->index = ESYS_TR_NONE;
	disconnect(t);
	r = connect(t, err);
	if (r < 0)
		return r;
	t->broken = false;
	sweep(t);
	return 0;
}

void tpm_close(struct tpm *t)
{
	if (!t)
		return;
	if (t->esys && tpm_ready(t, NULL) == 0) {
		tpm_flush(t, &t->session);
		/* over a new connection where that broke the old one */
		if (tpm_ready(t, NULL) == 0)
			sweep(t);
	}
	disconnect(t);
	free(t->conf);
	free(t);
}

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
	r = error_set(err, -EOPNOTSUPP, "TPM: PCR_Read: the SHA-256 bank lacks a PCR that was asked for");
out:
	Esys_Free(out);
	Esys_Free(values);
	return r;
}

int tpm_pcrs(struct tpm *t, pcr_mask mask, struct error *err, uint8_t ret[static PCR_COUNT][SHA256_LEN])
{
	uint8_t values[PCR_COUNT][SHA256_LEN];
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
					 "this TPM lacks the command %s, without which a kernel upgrade "
					 "could not move the policy",
					 names[i]);
	}
	return tpm_pcrs(t, PCR_ALL, err, pcrs);
}
