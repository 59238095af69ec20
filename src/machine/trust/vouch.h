/*
 * Who vouches for a file of the boot chain (design, 8): the manifest when it has not changed, else something
 * on the encrypted root that it can be compared with. What nobody vouches for is refused by name.
 */
#ifndef MACHINE_TRUST_VOUCH_H
#define MACHINE_TRUST_VOUCH_H

#include "base/error.h"
#include "machine/chain/calibration_file.h"
#include "machine/chain/chain.h"
#include "machine/system/manifest.h"

enum file_role {
	ROLE_LOADER,    /* shim and GRUB on the EFI partition */
	ROLE_STUB,      /* the grub.cfg beside them */
	ROLE_GRUB_CFG,
	ROLE_GRUB_ENV,
	ROLE_GRUB_FILE, /* modules, lists, fonts, messages, pictures under /boot/grub */
	ROLE_KERNEL,
	ROLE_INITRD,
};

enum vouching {
	VOUCH_NOT,            /* predict only: nothing is judged, nothing refused */
	VOUCH_CHANGES,        /* reseal: what differs from the manifest must be vouched for */
	VOUCH_NOTHING,        /* reseal after a boot that the TPM did not open: whatever differs from the manifest is refused */
	VOUCH_FIRST,          /* enrolment: as VOUCH_CHANGES, and what the calibrated boot used is accepted as it ran */
	VOUCH_ACCEPT_CURRENT, /* the administrator's word: accepted all, and listed */
};

struct vouch_question {
	enum file_role role;
	const char *path;          /* on the running system */
	const char *base, *in_base; /* as struct files takes it */
	const struct file_facts *facts;
	const char *release;       /* of kernel and initrd; "" otherwise */
};

struct vouch {
	struct chain *chain;
	enum vouching how;
	const struct calibration *calibration; /* of this boot; may be NULL */
	const struct manifest *manifest; /* what was accepted before */
};

enum vouched {
	VOUCHED_REFUSED,
	VOUCHED_UNCHANGED, /* as in the manifest, or (grubenv) free to change */
	VOUCHED_NOW,       /* new or changed, accepted */
};

/* ret_word: on whose word, for VOUCHED_NOW. why: for VOUCHED_REFUSED, and what to do. */
int vouch_file(struct vouch *v, const struct vouch_question *q, struct error *why, const char **ret_word,
	       enum vouched *ret);

#endif
