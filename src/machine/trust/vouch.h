/*
 * Who vouches for a file of the boot chain (design, 8): the manifest when it has not changed, else something
 * on the encrypted root that it can be compared with. What nobody vouches for is refused by name.
 */
#ifndef MACHINE_TRUST_VOUCH_H
#define MACHINE_TRUST_VOUCH_H

#include "base/error.h"
#include "machine/chain/chain_internal.h"
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

struct vouch_question {
	enum file_role role;
	const char *path;          /* on the running system */
	const char *base, *in_base; /* as struct files takes it */
	const struct file_facts *facts;
	const char *release;       /* of kernel and initrd; "" otherwise */
};

struct vouch {
	struct chain *chain;
	const struct forecast_options *options;
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

/*
 * All that a word of a kernel's command line may be taken from, as text; the chain's boot is one that the TPM opened, or that is being enrolled.
 * vouch_cmdline() is -EPERM naming the first word that is not there and does not name the root by UUID or mapping. vouch_cmdline.c
 */
int vouch_words(const struct chain *c, struct buffer *ret);
int vouch_cmdline(const struct buffer *words, const char *cmdline, struct error *err);

/*
 * The sources, each for its role: does the system itself vouch for this content? False also when it has
 * nothing to say. vouch_sources.c
 */
bool vouch_by_dpkg(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_signed_image(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_grub_install(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_grub_mkconfig(const struct vouch *v, const struct vouch_question *q);
bool vouch_by_copy(const struct vouch *v, const struct vouch_question *q);
/* grubenv: -EPERM naming the variable that GRUB and its tools do not set. */
int vouch_grubenv(const struct vouch *v, const struct vouch_question *q, struct error *why);

#endif
