/*
 * Enrolment (doc/design.md, 5): each step can be interrupted, the passphrase works as before, and running it
 * again finishes the job.
 *
 *   this boot's verdict -> volume found, passphrase tested -> storage key, authority key, policy index
 *   -> keyslot, sealed object and token -> anchor -> every initrd rebuilt -> forecast -> policy
 */
#ifndef MACHINE_ENROLL_H
#define MACHINE_ENROLL_H

#include "base/error.h"
#include "base/secret.h"
#include "machine/reseal.h"

enum enroll_step {
	ENROLL_VERDICT,
	ENROLL_VOLUME,
	ENROLL_TPM,
	ENROLL_KEYSLOT,
	ENROLL_INITRDS,
	ENROLL_POLICY,
	ENROLL_DONE,
};

struct enroll_options {
	const struct secret *passphrase; /* unlocks a keyslot that is not ours */
	const char *tcti;
	/* Called before each step, for people; detail is one line or empty. May be NULL. */
	void (*progress)(void *ctx, enum enroll_step step, const char *detail);
	void *progress_ctx;
};

/*
 * -ECANCELED: refused before anything was written, err says why. ret is to be freed with
 * reseal_report_free(), on errors too.
 */
int enroll_run(const struct machine *m, const struct enroll_options *o, struct error *err,
	       struct reseal_report *ret);

#endif
