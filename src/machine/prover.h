/*
 * Asks for the proof of each boot path's initrds, and unpacks none of them twice: neither in one forecast,
 * where several paths have the same initrd, nor in the next one, as long as the manifest remembers the proof
 * of this very file.
 */
#ifndef MACHINE_PROVER_H
#define MACHINE_PROVER_H

#include "machine/chain_internal.h"
#include "machine/manifest.h"
#include "machine/proof.h"

struct prover_answer {
	char *initrds; /* as GRUB names their files, without the disk's number */
	uint8_t key[SHA256_LEN];
	int verdict;
	struct error why;
};

struct prover {
	struct chain *chain;
	const struct manifest *before; /* what was accepted until now */
	struct manifest *now;          /* what is accepted in this forecast: a proof is entered here */
	struct prover_answer *answer;  /* owned */
	size_t answer_count;
};

/* 0; -EPERM and why not in err; other errors end the forecast. */
int prover_ask(struct prover *p, const struct grub_result *g, struct error *err);
void prover_free(struct prover *p); /* fine twice */

#endif
