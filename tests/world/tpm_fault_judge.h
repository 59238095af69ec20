/*
 * One command of the tool with a fault at its TPM, and whether all is as it must be then: test_tpm_faults.c
 * says what that is.
 */
#ifndef TESTS_TPM_FAULT_JUDGE_H
#define TESTS_TPM_FAULT_JUDGE_H

#include "../swtpm/layer.h"
#include "world.h"

/* What is done to a world, and what is known of it. */
struct scenario {
	int test;
	const char *command;
	void (*prepare)(struct world *w);
	bool worked; /* boots worked before */
	bool only_reads;
	bool changes; /* there is something to do */
	bool removes;
	const char *says;           /* when all is well */
	const char *says_if_fooled; /* with a changed bit, also this; may be NULL */
};

struct bench {
	struct world w;
	struct layer l;
	const struct scenario *s;
	const struct fault *fault;
	enum fault_how how;
	unsigned int at;
	int code;
	bool dirty; /* the world is not what it was at the start */
};

/* Runs the command, in a process of its own; its exit code and what it said are in the bench then. */
void act(struct bench *b, const char *tcti, const char *command);
/* What is wrong after it; NULL when all is as it must be. */
const char *judge(struct bench *b);

#endif
