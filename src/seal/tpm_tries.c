#include "seal/tpm_tries.h"

#include <errno.h>
#include <stdio.h>

#include "seal/tpm_connection.h"
#include "seal/tpm_error.h"

/* Part 1 gives no numbers; Windows sets 32 tries and 10 minutes. */
#define MANY_TRIES 64
#define SHORT_INTERVAL 60 /* seconds */

#define SET_LIMITS                                                                                          \
	"'tpm2_dictionarylockout --setup-parameters --max-tries=32 --recovery-time=600 "                    \
	"--lockout-recovery-time=86400' sets limits"

/* One property; a TPM that lacks it answers with the next one that it has. */
static int property(struct tpm *t, uint32_t which, struct error *err, uint32_t *ret)
{
	TPMS_CAPABILITY_DATA *d = NULL;
	TPMI_YES_NO more;
	TSS2_RC rc;
	int r = tpm_ready(t, err);

	if (r < 0)
		return r;
	TPM_TRY(t, rc,
		Esys_GetCapability(t->esys, NO_SESSION, TPM2_CAP_TPM_PROPERTIES, which, 1, &more, &d));
	if (rc != TSS2_RC_SUCCESS)
		return tpm_error(rc, "reading its properties", err);
	if (d->data.tpmProperties.count < 1 || d->data.tpmProperties.tpmProperty[0].property != which)
		r = error_set(err, -EOPNOTSUPP, "TPM: it does not tell how it counts wrong tries");
	else
		*ret = d->data.tpmProperties.tpmProperty[0].value;
	Esys_Free(d);
	return r;
}

int tpm_tries(struct tpm *t, struct error *err, struct tpm_tries *ret)
{
	struct tpm_tries tries = { .failed = 0 };
	uint32_t permanent = 0;
	int r;

	r = property(t, TPM2_PT_PERMANENT, err, &permanent);
	if (r == 0)
		r = property(t, TPM2_PT_LOCKOUT_COUNTER, err, &tries.failed);
	if (r == 0)
		r = property(t, TPM2_PT_MAX_AUTH_FAIL, err, &tries.max);
	if (r == 0)
		r = property(t, TPM2_PT_LOCKOUT_INTERVAL, err, &tries.interval);
	if (r < 0)
		return r;
	tries.locked = permanent & TPMA_PERMANENT_INLOCKOUT;
	tries.owned = permanent & TPMA_PERMANENT_LOCKOUTAUTHSET;
	*ret = tries;
	return 0;
}

bool tpm_tries_count(const struct tpm_tries *t)
{
	return t->interval > 0;
}

void tpm_tries_interval(const struct tpm_tries *t, char ret[static 32])
{
	uint32_t n = t->interval;
	const char *unit = "second";

	if (n >= 120 * 60) {
		n = n / 3600 + (n % 3600 != 0);
		unit = "hour";
	} else if (n >= 120) {
		n = n / 60 + (n % 60 != 0);
		unit = "minute";
	}
	snprintf(ret, 32, "%u %s%s", n, unit, n == 1 ? "" : "s");
}

void tpm_tries_weakness(const struct tpm_tries *t, struct error *ret)
{
	char interval[32];

	*ret = ERROR_NONE;
	tpm_tries_interval(t, interval);
	if (!tpm_tries_count(t))
		error_set(ret, 0,
			  "the TPM counts no wrong tries, so that a PIN protects little: " SET_LIMITS);
	else if (t->max > MANY_TRIES || t->interval < SHORT_INTERVAL)
		error_set(ret, 0,
			  "the TPM takes %u wrong tries and forgives one for each %s: a short PIN is soon "
			  "found; " SET_LIMITS,
			  t->max, interval);
}

void tpm_tries_words(const struct tpm_tries *t, struct error *ret)
{
	char interval[32];

	*ret = ERROR_NONE;
	tpm_tries_interval(t, interval);
	if (t->locked)
		error_set(ret, 0,
			  "the TPM is locked after %u wrong tries; it takes one more after at most %s "
			  "that the machine is on",
			  t->failed, interval);
	else if (t->failed > 0)
		error_set(ret, 0,
			  "%u of %u tries of the TPM are used; it forgives one for each %s that the "
			  "machine is on",
			  t->failed, t->max, interval);
}
