/*
 * Enrolment (doc/design.md, 5): each step can be interrupted, the passphrase works as before, and running it
 * again finishes the job.
 *
 *   look: this boot's verdict, volume, TPM -> passphrase tested -> storage key, authority key, policy index
 *   -> keyslot, sealed object and token -> anchor -> every initrd rebuilt -> forecast -> policy
 */
#ifndef MACHINE_ENROLL_H
#define MACHINE_ENROLL_H

#include "base/error.h"
#include "base/secret.h"
#include "machine/enroll_judge.h"
#include "machine/reseal.h"
#include "machine/system/targets.h"

enum enroll_step {
	ENROLL_LOG, /* only where it is not used, or again */
	ENROLL_VERDICT,
	ENROLL_PCRS, /* only where the policy holds more of them than usual */
	ENROLL_VOLUME,
	ENROLL_TPM,
	ENROLL_PIN,
	ENROLL_KEYSLOT,
	ENROLL_INITRDS,
	ENROLL_POLICY,
	ENROLL_DONE,
};

struct enroll_options {
	const struct secret *passphrase; /* unlocks a keyslot that is not ours */
	const char *tcti;
	/* the administrator accepts every difference from an earlier enrolment's records, unseen */
	bool accept_current;
	/*
	 * the event log is not used, now and from now on; without this an earlier choice is kept for as long
	 * as the log is not good
	 */
	bool without_log;
	/*
	 * The storage key must be this one, which was proven to be in the TPM of a Confidential VM of that
	 * kind; NULL: any, and nothing is said about it.
	 */
	const struct tpm_name *srk;
	const char *confidential; /* "AMD SEV-SNP (Genoa)" */
	/* There will be a PIN: looked for before it is asked for. */
	bool with_pin;
	uint32_t pin_iterations; /* 0: as many as take a second */
	const struct secret *pin; /* beside the TPM, as pin_check() takes it; NULL: none from now on */
	const struct changes *accepted; /* those that a person was shown and accepted; may be NULL */
	/* Called before each step, for people; detail is one line or empty. May be NULL. */
	void (*progress)(void *ctx, enum enroll_step step, const char *detail);
	void *progress_ctx;
	/*
	 * Another passphrase, for the volume of that mapping name, which `passphrase` does not open. An error
	 * leaves the volume out. May be NULL.
	 */
	int (*ask)(void *ctx, const char *name, struct secret *ret);
	void *ask_ctx;
};

/* What can be known before anyone is asked for a passphrase. */
struct enroll_look {
	struct target target[TARGET_MAX];
	size_t target_count;
	pcr_mask mask; /* the PCRs that the policy will select */
	bool without_log;
	struct enroll_judgement judgement;
};

/*
 * Looks at TPM, event log, layout and volumes, and refuses what cannot be enrolled; writes nothing but the
 * verdict on this boot in /run. Needs no passphrase. enroll_run() looks again.
 */
int enroll_look(const struct machine *m, const struct enroll_options *o, struct error *err,
		struct enroll_look *ret);
void enroll_look_free(struct enroll_look *l); /* fine twice */

/*
 * -ECANCELED: refused before anything was written, err says why. ret is to be freed with
 * reseal_report_free(), on errors too.
 */
int enroll_run(const struct machine *m, const struct enroll_options *o, struct error *err,
	       struct reseal_report *ret);

#endif
