/* What an enrolment needs in the TPM: the storage key, and the policy index, which the authority writes. */
#ifndef MACHINE_ENROLL_TPM_H
#define MACHINE_ENROLL_TPM_H

#include "machine/enroll.h"
#include "machine/record/authority.h"
#include "seal/anchor.h"
#include "seal/tpm.h"

/*
 * Makes what is not there, and notes both in the anchor. ret_authority is to be freed, also after an error.
 * -EKEYREJECTED: the storage key is not the one of the options.
 */
int enroll_prepare_tpm(const struct machine *m, const struct enroll_options *o, struct tpm *t,
		       struct error *err, struct authority *ret_authority, struct anchor *anchor);

#endif
