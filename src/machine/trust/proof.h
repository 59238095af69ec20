/*
 * Proof that an initrd holds what keeps the promise of doc/design.md, 5: the unlock program, every closing
 * script in its place, the anchor, the driver of this machine's TPM, and a crypttab with the enrolled
 * volumes.
 */
#ifndef MACHINE_TRUST_PROOF_H
#define MACHINE_TRUST_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/reader.h"
#include "hash/hash.h"
#include "machine/system/files.h"
#include "seal/anchor.h"

#define PROOF_WANTS 7

struct proof_want {
	const char *in_initrd; /* "scripts/panic/bootseal" */
	uint8_t sha256[SHA256_LEN]; /* of the installed file */
};

/* What an initrd for this kernel must hold. */
struct proof {
	struct proof_want want[PROOF_WANTS];
	char release[128];
	char driver[64];     /* module of the TPM's driver, "tpm_crb"; "" when it is built into this kernel */
	bool without_crypttab; /* cryptopts= on the command line replaces the initrd's */
	/* hash of all of this: an initrd proven under the same key need not be unpacked again */
	uint8_t key[SHA256_LEN];
};

/* A boot path's kernel, and its command line. */
struct proof_path {
	const char *release, *cmdline;
};

/*
 * -ENOENT: not installed or not enrolled (the message names the missing file); -ENODEV: no TPM driver.
 */
int proof_init(struct files *f, const struct machine *m, const struct proof_path *path, struct error *err,
	       struct proof *ret);

/*
 * initrd: the files of one boot path in their order. -EPERM with the reason (what is missing and what to do)
 * when they do not hold it; -EBADMSG: not an initrd; -ENOENT: the program that decompresses it is not
 * installed.
 */
int proof_check(const struct proof *p, const struct reader *initrd, size_t n, struct error *err);

/*
 * The same of initrds that were proven before and are in force: they boot, though our files are of another
 * version than the installed ones. Their anchor is this one, whose pin says whether a token wants one: then
 * an anchor that wants none serves, too; not the other way round (seal/anchor.h).
 */
int proof_check_older(const struct proof *p, const struct anchor *anchor, const struct reader *initrd,
		      size_t n, struct error *err);

#endif
