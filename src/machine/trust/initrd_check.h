/*
 * Asks for the proof of each boot path's initrds, and unpacks none of them twice: neither in one forecast,
 * where several paths have the same initrd, nor in the next one, as long as the manifest remembers the proof
 * of this very file.
 */
#ifndef MACHINE_TRUST_INITRD_CHECK_H
#define MACHINE_TRUST_INITRD_CHECK_H

#include "machine/chain/chain.h"
#include "machine/system/manifest.h"
#include "machine/trust/proof.h"

struct initrd_answer {
	char *initrds; /* as the boot path names their files, without the disk's number */
	uint8_t key[SHA256_LEN];
	int verdict;
	struct error why;
	bool older_asked;
	int older; /* initrd_check_older() */
};

struct initrd_check {
	struct chain *chain;
	const struct manifest *before; /* what was accepted until now */
	struct manifest *now;          /* what is accepted in this forecast: a proof is entered here */
	struct initrd_answer *answer;  /* owned */
	size_t answer_count;
};

/* 0; -EPERM and why not in err; other errors end the forecast. */
int initrd_check_ask(struct initrd_check *p, const struct boot_trace *g, struct error *err);

/*
 * After -EPERM of that: 0 when it holds by proof_check_older(), which is enough for a boot that is in force.
 * pin: a token wants one.
 */
int initrd_check_older(struct initrd_check *p, const struct boot_trace *g, bool pin);
void initrd_check_free(struct initrd_check *p); /* fine twice */

#endif
