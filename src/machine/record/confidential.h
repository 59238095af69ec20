/*
 * What 'bootseal enroll --require-confidential' found: in which kind of Confidential VM the TPM is, and when
 * that was proven. On the encrypted root; for people, nothing depends on it.
 */
#ifndef MACHINE_RECORD_CONFIDENTIAL_H
#define MACHINE_RECORD_CONFIDENTIAL_H

#include <stdint.h>

#include "base/error.h"
#include "machine/system/machine.h"

#define CONFIDENTIAL_PATH MACHINE_STATE_DIR "/confidential"
#define CONFIDENTIAL_KIND_MAX 64

struct confidential_record {
	char kind[CONFIDENTIAL_KIND_MAX]; /* "AMD SEV-SNP (Genoa)" */
	int64_t at;                       /* seconds since 1970 */
};

/* -ENOENT: this enrolment proved nothing; -EBADMSG. */
int confidential_read(const struct machine *m, struct error *err, struct confidential_record *ret);
/* kind: NULL when this enrolment did not ask for it, which an earlier one's proof does not outlive. */
int confidential_write(const struct machine *m, const char *kind, struct error *err);

#endif
