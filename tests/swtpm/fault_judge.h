/* Whether bootseal-unlock did what it must after a fault: test_faults.c says what that is. */
#ifndef TESTS_FAULT_JUDGE_H
#define TESTS_FAULT_JUDGE_H

#include "layer.h"
#include "unlock_world.h"

#define CODE_HUNG (-1)
#define CODE_KILLED (-2) /* by a signal */

/* A boot with a fault, and what the last program in it left: exit code, PCR 15. */
struct bench {
	struct world w;
	struct layer l;
	char *crypttab;
	const char *tcti;
	size_t volumes;
	const char *pin; /* typed for `open`, where it was enrolled with one; or NULL */
	int code;
	uint8_t window[SHA256_LEN];
	bool closed;
	const struct fault *fault;
	enum fault_how how;
	unsigned int at;
	uint32_t command[LAYER_COMMANDS]; /* of a run where nothing goes wrong */
};

/* What is wrong with it; NULL when all is as it must be. First what holds for every program and end. */
const char *judge_left(const struct bench *b);
const char *judge_end(const struct bench *b);
/* Then what holds for this one. */
const char *judge_open(struct bench *b);
const char *judge_open_pin(struct bench *b); /* which may ask for it again */
const char *judge_close(struct bench *b);
const char *judge_explain(struct bench *b);

#endif
