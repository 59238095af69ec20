/* What a difference between a boot and the sealed boot paths means, in the words of explain. */
#ifndef CLI_EXPLAIN_WORDS_H
#define CLI_EXPLAIN_WORDS_H

#include "base/buffer.h"
#include "machine/chain/sealed.h"

#define EXPLAIN_ADVICE                                                                        \
	"If you did not change this, do not type your passphrase or recovery key on this machine " \
	"again."
#define EXPLAIN_ACCEPTED                                                                      \
	"This boot was accepted since, by 'bootseal enroll' or 'bootseal reseal --accept-current'. " \
	"It is compared with what was sealed then."
#define EXPLAIN_UNFINISHED \
	"The enrolment was not finished, so nothing is sealed: run 'bootseal enroll' again."

/* Of the first event that differs. "" for a PCR of which nothing is known. */
const char *explain_meaning(const struct sealed_comparison *c, const struct event *e);
/* Of a boot that started what is sealed; each stays empty where it does not differ in that. */
void explain_harmless(const struct harmless *h, struct buffer *ret_options, struct buffer *ret_disks);

#endif
