/* A whole piece of evidence that passes every check; a test changes one thing of it. */
#ifndef TESTS_ATTEST_CASE_H
#define TESTS_ATTEST_CASE_H

#include "attest_sample.h"

struct attest_case {
	struct report_sample report;
	struct statement_sample quote, certified;
	uint8_t pcrs[PCR_COUNT][SHA256_LEN];
	struct tpm_name srk;
	struct attest_evidence evidence;
	struct attest_options options;
	struct attest_result result;
};

extern struct attest_keys keys; /* of all cases of a program */

/* Setup and teardown functions of a cmocka group, and of a test, whose state is a case. */
int attest_case_make_keys(void **state);
int attest_case_free_keys(void **state);
int attest_case_setup(void **state);
int attest_case_teardown(void **state);

enum attest_verdict attest_case_judge(struct attest_case *c);
/* It fails for this reason, and no other check does. */
void attest_case_fails(struct attest_case *c, const char *name, const char *words);
/* The CPU's report in it. */
uint8_t *attest_case_snp(struct attest_case *c);
struct reader attest_case_bytes(const struct buffer *b);

#define attest_test(f) cmocka_unit_test_setup_teardown(f, attest_case_setup, attest_case_teardown)

#endif
