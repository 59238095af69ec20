/* Inside of the TPM modules: storage root keys, made from their templates. */
#ifndef SEAL_TPM_SRK_PRIMARY_H
#define SEAL_TPM_SRK_PRIMARY_H

#include "seal/tpm_connection.h"

/* TCG TPM v2.0 Provisioning Guidance 7.5.1 */
#define SRK_ATTRIBUTES                                                                      \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT | TPMA_OBJECT_SENSITIVEDATAORIGIN | \
	 TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)

/* A primary of the owner hierarchy: the same key each time, until the TPM is cleared. A transient object. */
int tpm_primary_create(struct tpm *t, enum srk_template template, struct error *err, ESYS_TR *ret);

#endif
