/*
 * What an enrolment trusts (doc/design.md, 8). The very first one trusts what this boot ran. Where an earlier
 * one left its records, this one is judged like a reseal of this boot: after a boot that the TPM did not
 * unlock, whatever differs from the records is a change that a person has to accept.
 */
#ifndef MACHINE_ENROLL_JUDGE_H
#define MACHINE_ENROLL_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "machine/changes.h"
#include "machine/forecast.h"

struct enroll_judgement {
	enum trust_mode trust;         /* for the reseal that ends the enrolment */
	struct changes changes; /* since the records; none at the first enrolment */
	struct forecast accepted;      /* with changes: forecast_accept() of it accepts their files */
};

#define ENROLL_JUDGEMENT_NONE ((struct enroll_judgement){ .trust = TRUST_UNJUDGED })

/*
 * Reads only. all: list every difference from the records even if the TPM unlocked this boot
 * (--accept-current). An error names the record that cannot be read.
 */
int enroll_judge(struct chain *c, bool all, struct error *err, struct enroll_judgement *ret);
void enroll_judgement_free(struct enroll_judgement *j); /* fine twice */

/*
 * Was a policy of this machine made before? By the records of it on the encrypted root: the prediction
 * record, or a manifest without a state that says that no policy was written yet (an interrupted first
 * enrolment).
 */
int enroll_was_enrolled(const struct machine *m, struct error *err, bool *ret);

#endif
