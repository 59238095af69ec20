#include "seal/tpm_connection.h"

#include <errno.h>
#include <string.h>

#include "seal/tpm_error.h"

/* tss2's own names for these shift into an int's sign bit */
#define TRANSIENT_FIRST ((TPM2_HANDLE)TPM2_HT_TRANSIENT << TPM2_HR_SHIFT)
#define LOADED_SESSION_FIRST ((TPM2_HANDLE)TPM2_HT_LOADED_SESSION << TPM2_HR_SHIFT)

/* Answers that mean "not now" (Part 2, 6.6.3: warnings); the command has changed nothing. */
static bool not_now(TSS2_RC code)
{
	return code == TPM2_RC_RETRY || code == TPM2_RC_YIELDED || code == TPM2_RC_TESTING ||
	       code == TPM2_RC_NV_RATE;
}

/* Commands whose answer has the handle of something new in it. */
static bool makes_handle(uint32_t command)
{
	return command == TPM2_CC_StartAuthSession || command == TPM2_CC_Load ||
	       command == TPM2_CC_LoadExternal || command == TPM2_CC_CreatePrimary;
}

/* 5 ms, doubling, 8 times: 1.3 s in all, which a self-test or an NV rate limit may take */
#define TRY_MAX 8

bool tpm_try_again(struct tpm *t, TSS2_RC rc, unsigned int tries)
{
	t->answered |= rc == TSS2_RC_SUCCESS;
	if (rc == TSS2_RC_SUCCESS)
		return false;
	if (tpm_code(rc) & TSS2_RC_LAYER_MASK)
		t->broken = true;
	if (tries < TRY_MAX && not_now(tpm_code(rc)) && t->transport.time_left_ms > 0) {
		transport_wait(&t->transport, 5u << tries);
		return true;
	}
	/* the answer may have been lost, or wrong */
	t->unseen |= makes_handle(t->transport.command);
	return false;
}

int tpm_connect(struct tpm *t, struct error *err)
{
	TSS2_RC rc;
	int r = transport_open(&t->transport, t->conf, err);

	if (r < 0)
		return r;
	rc = Esys_Initialize(&t->esys, (TSS2_TCTI_CONTEXT *)&t->transport, NULL);
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, "ESYS", err);
}

void tpm_disconnect(struct tpm *t)
{
	if (t->esys)
		Esys_Finalize(&t->esys);
	transport_close(&t->transport);
}

void tpm_flush(struct tpm *t, ESYS_TR *what)
{
	TSS2_RC rc;

	if (*what == ESYS_TR_NONE)
		return;
	if (t->broken) {
		rc = TSS2_ESYS_RC_BAD_SEQUENCE;
	} else {
		TPM_TRY(t, rc, Esys_FlushContext(t->esys, *what));
	}
	if (rc != TSS2_RC_SUCCESS) {
		TPM2_HANDLE handle;

		/* a handle that is not there was a wrong one, perhaps: what it should have been still is */
		t->unseen = true;
		if (t->stale_count < STALE_MAX &&
		    Esys_TR_GetTpmHandle(t->esys, *what, &handle) == TSS2_RC_SUCCESS)
			t->stale[t->stale_count++] = handle;
		Esys_TR_Close(t->esys, what);
	}
	*what = ESYS_TR_NONE;
}

void tpm_forget(struct tpm *t, ESYS_TR *what)
{
	if (*what != ESYS_TR_NONE)
		Esys_TR_Close(t->esys, what);
	*what = ESYS_TR_NONE;
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
 * Of this kind, all that is loaded. Nobody else's can be: while /dev/tpm0 is open the kernel keeps what it
 * does for others out of the TPM between two commands, and /dev/tpmrm0 shows to each user their own.
 */
static void flush_kind(struct tpm *t, TPM2_HANDLE first)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc;

	TPM_TRY(t, rc,
		Esys_GetCapability(t->esys, NO_SESSION, TPM2_CAP_HANDLES, first, STALE_MAX, &more, &data));
	if (rc != TSS2_RC_SUCCESS)
		return;
	for (uint32_t i = 0; i < data->data.handles.count && i < STALE_MAX && !t->broken; i++)
		flush_handle(t, data->data.handles.handle[i]);
	Esys_Free(data);
}

void tpm_sweep(struct tpm *t)
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
	if (t->srk_template != SRK_PERSISTENT)
		tpm_flush(t, &t->srk);
	t->srk = t->index = ESYS_TR_NONE;
	tpm_disconnect(t);
	r = tpm_connect(t, err);
	if (r < 0)
		return r;
	t->broken = false;
	tpm_sweep(t);
	return 0;
}
