/*
 * Between ESYS and the TCTI: keeps the time limits and refuses answers that tpm2-tss would read past their
 * end.
 */
#ifndef SEAL_TPM_TRANSPORT_H
#define SEAL_TPM_TRANSPORT_H

#include <stdint.h>
#include <tss2/tss2_tcti.h>

#include "base/error.h"

#define ANSWER_MS 10000 /* for one answer */

/*
 * Instead of a TCTI's "try again", which ESYS repeats without limit; no layer of tpm2-tss uses this number.
 */
#define RC_LATE (TSS2_TCTI_RC_LAYER | 0xfffe)
/* The answer is a TPM 1.2's. */
#define RC_TPM_12 (TSS2_TCTI_RC_LAYER | 0xfffd)

struct transport {
	TSS2_TCTI_CONTEXT_COMMON_V1 v1; /* first: what ESYS takes for the TCTI */
	TSS2_TCTI_CONTEXT *tcti;
	uint32_t command; /* the code of the one that was sent last, */
	int64_t sent_ms;  /* and when */
	int64_t time_left_ms; /* what is left of TOTAL_TIMEOUT_MS; at zero the TPM is not asked again */
};

/*
 * Opens the TPM as tpm_open() says. -ENODEV.
 *
 * ESYS would wait for an answer without limit. The device's driver gives up, but only after minutes, and
 * waits as long at each further command. So all waiting without an answer is charged to one budget for each
 * struct tpm.
 */
int transport_open(struct transport *tp, const char *tcti, struct error *err);
void transport_close(struct transport *tp);
void transport_wait(struct transport *tp, unsigned int ms); /* before the same command is sent again */

#endif
