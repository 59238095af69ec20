/* --certificates, --fetch and what a Confidential VM must be like: for attest and enroll. */
#ifndef CLI_EVIDENCE_H
#define CLI_EVIDENCE_H

#include <getopt.h>
#include <stdbool.h>

#include "attest/attest.h"
#include "base/error.h"

#define EVIDENCE_FILES_MAX 4

struct evidence_options {
	const char *certificates[EVIDENCE_FILES_MAX];
	size_t n;
	const char *fetch; /* URL; NULL: not asked for */
	bool has_least;
	struct snp_tcb least;
	struct attest_options attest;
	const char *given; /* the last of these options, without its "--"; NULL: none */
	const char *bad;   /* an option whose value is not understood */
};

#define EVIDENCE_OPTIONS                                 \
	{ "certificates", required_argument, NULL, 'C' }, \
	{ "fetch", optional_argument, NULL, 'F' },        \
	{ "allow-debug", no_argument, NULL, 'D' },        \
	{ "allow-migration", no_argument, NULL, 'M' },    \
	{ "vmpl", required_argument, NULL, 'V' },         \
	{ "least-tcb", required_argument, NULL, 'L' }
#define EVIDENCE_HELP                                                                 \
	"  --certificates FILE  certificates of the CPU's key (VCEK) and of AMD's (ASK,\n"   \
	"                   ARK), PEM or DER; up to four times\n"                            \
	"  --fetch[=URL]    ask Azure's metadata service for them, with curl\n"              \
	"  --vmpl N         reports asked for at privilege level 0 to N count (0)\n"         \
	"  --least-tcb BOOTLOADER,TEE,SNP,MICROCODE\n"                                       \
	"                   the oldest firmware of the CPU that counts, four numbers\n"      \
	"  --allow-debug    although the host may read the VM's memory\n"                    \
	"  --allow-migration  although an agent may move the VM to another CPU\n"

/* An option of getopt_long(): was it one of these? */
bool evidence_take(int c, const char *arg, struct evidence_options *o);

/* The certificates that the options name; they are to be released with evidence_free(). */
struct evidence {
	struct certificate *certificate[AMD_CERTIFICATES_MAX];
	size_t n;
};

int evidence_read(const struct evidence_options *o, struct error *err, struct evidence *ret);
void evidence_free(struct evidence *e); /* fine twice */

/*
 * Judges this machine's TPM by these options (attest/attest_tpm.h). -ECANCELED: there is no report, so this
 * is no Confidential VM.
 */
int evidence_judge_tpm(const struct evidence_options *o, const char *tcti, struct error *err,
		       struct tpm_name *ret_srk, struct attest_result *ret);

/* The options as attest.h wants them, with the time of now. Borrows from o. */
struct attest_options evidence_judge_by(const struct evidence_options *o);

#endif
