/* What can go wrong with one TPM command: the list of faults, and what each makes of an answer. */
#ifndef TESTS_FAULT_H
#define TESTS_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_tpm2_types.h>

enum fault_kind {
	FAULT_NONE,
	FAULT_CODE,	   /* the TPM does not see the command; its answer is a response code */
	FAULT_CODE_AFTER,  /* the command is done, but the answer is a response code */
	FAULT_PCR,	   /* before the command another process extends PCR number `code` */
	FAULT_SILENT,	   /* no answer */
	FAULT_CLOSED,	   /* the connection breaks before the command gets through */
	FAULT_CLOSED_DONE, /* it breaks after the command was done */
	FAULT_GONE,	   /* it breaks, and there is none any more */
	FAULT_SWALLOWED,   /* the TPM does not see the command; its answer is that of an earlier boot */
	/* the command is done, the answer changed on its way */
	FAULT_EMPTY,	   /* only a header that says all is well */
	FAULT_SHORT,	   /* not even a header */
	FAULT_CUT_FIRST,   /* two bytes of parameters */
	FAULT_CUT_HALF,
	FAULT_CUT_LAST,
	FAULT_CUT_LYING,   /* half of it, but its size field says all */
	FAULT_LONGER,	   /* sixteen bytes too many */
	FAULT_SIZE_LESS,   /* the size field lies */
	FAULT_SIZE_MORE,
	FAULT_SIZE_HUGE,
	FAULT_SIZE_TINY,
	FAULT_TAG,	   /* with sessions where there are none, or the other way round */
	FAULT_TAG_WILD,
	FAULT_ZEROS,	   /* a good header, and nothing but zeros behind it */
	FAULT_ONES,
	FAULT_GARBAGE,	   /* a good header, and random bytes behind it */
	FAULT_RANDOM,	   /* random bytes of the right length */
	FAULT_RANDOM_SHORT,
	FAULT_RANDOM_LONG,
	FAULT_FLIP,	   /* one bit */
	FAULT_PREVIOUS,	   /* the answer to the command before */
	FAULT_REPLAY,	   /* the answer that this command got in an earlier boot */
};

struct fault {
	const char *name;
	enum fault_kind kind;
	uint32_t code;
	bool bridged; /* when it comes once, the program copes without a trace */
};

#define FAULT_COUNT 54 /* the compiler counts, too */

extern const struct fault faults[FAULT_COUNT];

#define ANSWER_MAX 4096

struct answer {
	uint8_t b[ANSWER_MAX];
	size_t n;
};

uint32_t fault_be32(const uint8_t *p);
void fault_code(struct answer *a, uint32_t code);
/* previous and earlier: what answers PREVIOUS and REPLAY. False for a kind that changes no answer. */
bool fault_shape(enum fault_kind kind, unsigned int seed, const struct answer *previous,
		 const struct answer *earlier, struct answer *a);

#endif
