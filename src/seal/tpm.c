#include "seal/tpm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "seal/tpm_connection.h"

int tpm_open(const char *tcti, struct error *err, struct tpm **ret)
{
	const int64_t began = log_begin();
	struct tpm *t;
	int r;

	/*
	 * tpm2-tss writes its own log to stderr unless told otherwise; we say what failed in our words.
	 * Whatever the environment asks for: its trace has the unsealed key in it.
	 */
	setenv("TSS2_LOG", "all+none", 1);
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
	r = tpm_connect(t, err);
	if (r < 0)
		goto out;
	log_step_since(began, "TPM: connected to %s", tcti ? tcti : "the machine's own");
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

void tpm_close(struct tpm *t)
{
	if (!t)
		return;
	if (t->esys && tpm_ready(t, NULL) == 0) {
		tpm_flush(t, &t->session);
		if (t->srk_template != SRK_PERSISTENT)
			tpm_flush(t, &t->srk);
		/* over a new connection where that broke the old one */
		if (tpm_ready(t, NULL) == 0)
			tpm_sweep(t);
	}
	tpm_disconnect(t);
	free(t->conf);
	free(t);
}
