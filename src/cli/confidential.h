/* --require-confidential of enroll, and the line of status. */
#ifndef CLI_CONFIDENTIAL_H
#define CLI_CONFIDENTIAL_H

#include "base/error.h"
#include "cli/evidence.h"
#include "machine/record/confidential.h"
#include "machine/system/machine.h"
#include "seal/policy.h"

/* What was proven, for enroll_options. */
struct confidential_proof {
	struct tpm_name srk;
	char kind[CONFIDENTIAL_KIND_MAX];
};

/* Prints what attest would. -ECANCELED: not all that has to be is proven. */
int confidential_require(const struct evidence_options *o, const char *tcti, struct error *err,
			 struct confidential_proof *ret);

/* Who does as root what the host says: rows for somebody who has just required such a machine. */
void confidential_say_agents(const struct machine *m);

/* A row, where there is something to say. */
void confidential_say(const struct machine *m, const char *tcti);

#endif
