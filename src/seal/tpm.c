#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_tcti_device.h>
#include <tss2/tss2_tcti_swtpm.h>
#include <unistd.h>

#include "seal/tpm_internal.h"

#define PCR_READ_MAX 8 /* digests in one answer: TPML_DIGEST (Part 2) */

typedef TSS2_RC (*tcti_init)(TSS2_TCTI_CONTEXT *, size_t *, const char *);

/* The TCTIs are named, not loaded: a static program has no dlopen. */
static TSS2_RC connect_with(tcti_init init, const char *conf, TSS2_TCTI_CONTEXT **ret)
{
	TSS2_TCTI_CONTEXT *tcti;
	size_t n = 0;
	TSS2_RC rc = init(NULL, &n, conf);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	tcti = calloc(1, n);
	if (!tcti)
		return TSS2_TCTI_RC_MEMORY;
	rc = init(tcti, &n, conf);
	if (rc != TSS2_RC_SUCCESS) {
		free(tcti);
		return rc;
	}
	*ret = tcti;
	return rc;
}

static int connect_default(struct error *err, TSS2_TCTI_CONTEXT **ret)
{
	/* without the resource manager first: it swaps contexts in and out at every command */
	static const char paths[][12] = { "/dev/tpm0", "/dev/tpmrm0" };
	TSS2_RC rc = TSS2_TCTI_RC_NO_CONNECTION;
	const char *tried = NULL;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (access(paths[i], F_OK) < 0)
			continue;
		tried = paths[i];
		rc = connect_with(Tss2_Tcti_Device_Init, tried, ret);
		if (rc == TSS2_RC_SUCCESS)
			return 0;
	}
	if (!tried)
		return error_set(err, -ENODEV, "this machine has no TPM 2.0 device (/dev/tpm0)");
	return error_set(err, -ENODEV, "%s: cannot be opened (0x%x)", tried, rc);
}

static int tcti_open(const char *tcti, struct error *err, TSS2_TCTI_CONTEXT **ret)
{
	TSS2_RC rc;

	if (!tcti)
		return connect_default(err, ret);
	if (strncmp(tcti, "device:", 7) == 0)
		rc = connect_with(Tss2_Tcti_Device_Init, tcti + 7, ret);
	else if (strncmp(tcti, "swtpm:", 6) == 0)
		rc = connect_with(Tss2_Tcti_Swtpm_Init, tcti + 6, ret);
	else
		return error_set(err, -EINVAL,
				 "%s: TPM connection starts neither with \"device:\" nor \"swtpm:\"", tcti);
	return rc == TSS2_RC_SUCCESS ? 0 : error_set(err, -ENODEV, "%s: cannot be opened (0x%x)", tcti, rc);
}

static int connect(struct tpm *t, struct error *err)
{
	TSS2_RC rc;
	int r = tcti_open(t->conf, err, &t->tcti);

	if (r < 0)
		return r;
	rc = Esys_Initialize(&t->esys, t->tcti, NULL);
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, "ESYS", err);
}

static void disconnect(struct tpm *t)
{
	if (t->esys)
		Esys_Finalize(&t->esys);
	if (t->tcti) {
		Tss2_Tcti_Finalize(t->tcti);
		free(t->tcti);
		t->tcti = NULL;
	}
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

int tpm_ready(struct tpm *t, struct error *err)
{
	int r;

	if (!t->broken)
		return 0;
	tpm_flush(t, &t->session); /* becomes an orphan */
	t->srk = t->index = ESYS_TR_NONE;
	disconnect(t);
	r = connect(t, err);
	if (r < 0)
		return r;
	t->broken = false;
	while (t->orphan_count > 0 && !t->broken) {
		TPM2_HANDLE handle = t->orphan[--t->orphan_count];
		ESYS_TR tr;
		TSS2_RC rc;

		TPM_TRY(t, rc, Esys_TR_FromTPMPublic(t->esys, handle, NO_SESSION, &tr));
		if (rc == TSS2_RC_SUCCESS)
			tpm_flush(t, &tr);
	}
	return 0;
}

void tpm_close(struct tpm *t)
{
	if (!t)
		return;
	if (t->esys) {
		tpm_ready(t, NULL);
		tpm_flush(t, &t->session);
	}
	disconnect(t);
	free(t->conf);
	free(t);
}

void tpm_select(uint32_t mask, TPML_PCR_SELECTION *ret)
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
		     uint8_t ret[static TPM_PCR_COUNT][SHA256_LEN])
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
	for (; pcr < TPM_PCR_COUNT; pcr++) {
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

int tpm_pcrs(struct tpm *t, uint32_t mask, struct error *err, uint8_t ret[static TPM_PCR_COUNT][SHA256_LEN])
{
	uint8_t values[TPM_PCR_COUNT][SHA256_LEN];
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	/* more than eight take several commands: begin again when something was extended in between */
	for (int tries = 0; tries < 4; tries++) {
		uint32_t wanted = mask & ((1u << TPM_PCR_COUNT) - 1), first = 0, counter = 0;
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
	uint8_t pcrs[TPM_PCR_COUNT][SHA256_LEN];
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
	return tpm_pcrs(t, (1u << TPM_PCR_COUNT) - 1, err, pcrs);
}
