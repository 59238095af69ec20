/*
 * Is a file of the boot chain trusted (doc/design.md, 8)? Yes when it is as the manifest has it, or equal to
 * something on the encrypted root. A file that is not trusted is refused by name.
 */
#ifndef MACHINE_TRUST_VOUCH_H
#define MACHINE_TRUST_VOUCH_H

#include "base/error.h"
#include "machine/chain/calibration_file.h"
#include "machine/chain/chain.h"
#include "machine/system/files.h"
#include "machine/system/manifest.h"

/* What is accepted besides unchanged files. */
enum trust_mode {
	TRUST_UNJUDGED,       /* predict only: nothing is judged, nothing refused */
	TRUST_VOUCHED,        /* reseal: a file that differs from the manifest needs a voucher */
	/* reseal after a boot that the TPM did not unlock: any difference from the manifest is refused */
	TRUST_NOTHING_NEW,
	/* enrolment: as TRUST_VOUCHED, and the files that the calibrated boot used are accepted */
	TRUST_THIS_BOOT,
	TRUST_ALL,            /* --accept-current: the administrator accepts every file; they are listed */
};

/* A file of the boot chain, as one boot path uses it. */
struct vouch_question {
	enum file_role role;
	struct input *input;
	const char *release; /* of kernel and initrd; "" otherwise */
};

struct vouch {
	struct chain *chain;
	enum trust_mode mode;
	const struct calibration *calibration; /* of this boot; may be NULL */
	const struct manifest *manifest;       /* what was accepted before */
};

enum trust_verdict {
	TRUST_REFUSED,
	TRUST_UNCHANGED, /* as in the manifest, or free to change and judged by its content */
	TRUST_ACCEPTED,  /* new or changed, accepted */
};

/* Is a file of this role free to change, judged by its content and not kept in the manifest? */
bool vouch_is_free(enum file_role role);

/* ret_word: the reason, for TRUST_ACCEPTED. why: for TRUST_REFUSED, and what to do. */
int vouch_file(struct vouch *v, const struct vouch_question *q, struct error *why, const char **ret_word,
	       enum trust_verdict *ret);

#endif
