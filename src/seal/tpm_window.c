#include "seal/tpm_window.h"

#include <errno.h>
#include <string.h>

#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"
#include "seal/tpm_pcrs.h"
#include "seal/tpm_session.h"
#include "seal/tpm_srk.h"

static TSS2_RC extend(struct tpm *t, ESYS_TR session, const char *text)
{
	TPML_DIGEST_VALUES *digests = NULL;
	TPM2B_EVENT event = { .size = 0 };
	size_t n = strlen(text);
	TSS2_RC rc;

	/* one PCR_Event takes 1024 bytes; a longer text must not keep the window open */
	event.size = n < sizeof(event.buffer) ? n : sizeof(event.buffer);
	memcpy(event.buffer, text, event.size);
	TPM_TRY(t, rc,
		Esys_PCR_Event(t->esys, ESYS_TR_PCR0 + WINDOW_PCR, ESYS_TR_PASSWORD, session, ESYS_TR_NONE,
			       &event, &digests));
	Esys_Free(digests);
	return rc;
}

/*
 * Under the salted session, which the TPM ends with the command. It stands beside the password session: its
 * HMAC covers the command and the answer. Nothing has to be hidden, but a session that neither authorises
 * nor audits has to decrypt or encrypt: TPM_RC_ATTRIBUTES otherwise.
 */
static int extend_salted(struct tpm *t, const struct tpm_name *srk, const char *text, struct error *err)
{
	TSS2_RC rc;
	int r;

	r = tpm_srk_want(t, srk, err);
	if (r == 0 && t->session == ESYS_TR_NONE)
		r = tpm_session_start(t, TPM2_SE_HMAC, err, &t->session);
	if (r == 0)
		r = tpm_session_flags(t, t->session, TPMA_SESSION_DECRYPT, err);
	if (r < 0)
		return r;
	rc = extend(t, t->session, text);
	if (rc == TSS2_RC_SUCCESS)
		tpm_session_ended(t, &t->session);
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, "PCR_Event", err);
}

/*
 * Nothing is at stake but that the window closes: the extension matters more than its protection on the bus.
 */
static int extend_plain(struct tpm *t, const char *text, struct error *err)
{
	TSS2_RC rc;
	int r;

	tpm_flush(t, &t->session);
	r = tpm_ready(t, err);
	if (r < 0)
		return r;
	rc = extend(t, ESYS_TR_NONE, text);
	return rc == TSS2_RC_SUCCESS ? 0 : tpm_error(rc, "PCR_Event", err);
}

static int read_window(struct tpm *t, struct error *err, uint8_t ret[static SHA256_LEN])
{
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	int r = tpm_pcrs(t, PCR(WINDOW_PCR), err, pcrs);

	if (r == 0)
		memcpy(ret, pcrs[WINDOW_PCR], SHA256_LEN);
	return r;
}

/*
 * Was it closed before? Read twice: one bit that turned over on its way must not be taken for a closed
 * window. ret_before: what PCR 15 is.
 */
static bool is_closed(struct tpm *t, uint8_t ret_before[static SHA256_LEN])
{
	static const uint8_t zero[SHA256_LEN];
	uint8_t first[SHA256_LEN];

	if (read_window(t, NULL, first) < 0 || memcmp(first, zero, SHA256_LEN) == 0)
		return false;
	return read_window(t, NULL, ret_before) == 0 && memcmp(first, ret_before, SHA256_LEN) == 0;
}

int tpm_close_window(struct tpm *t, const struct tpm_name *srk, const char *text, bool keys,
		     struct error *err)
{
	uint8_t before[SHA256_LEN] = { 0 }, after[SHA256_LEN];
	bool authentic;
	int r, back;

	r = tpm_ready(t, err);
	if (r < 0)
		return r;
	/* a session that unsealed has proved that PCR 15 was zero a moment ago: that saves a command */
	if (!keys && t->session == ESYS_TR_NONE && is_closed(t, before))
		return 0;
	r = srk ? extend_salted(t, srk, text, err)
		: error_set(err, -ENOENT, "TPM: no storage root key to close the window with");
	if (r < 0 && keys)
		return r;
	authentic = r == 0;
	if (r < 0)
		r = extend_plain(t, text, err);
	/* the PCR's word counts, not how the command went */
	back = read_window(t, r < 0 ? NULL : err, after);
	/*
	 * but where PCRs cannot be read and nothing is to be opened, the TPM's own word under its HMAC is
	 * enough
	 */
	if (back < 0 && authentic && !keys)
		return 0;
	if (back < 0)
		return r < 0 ? r : back;
	if (memcmp(before, after, SHA256_LEN) != 0)
		return 0;
	return r < 0 ? r
		     : error_set(err, -EIO, "TPM: PCR %d did not change when it was extended", WINDOW_PCR);
}
