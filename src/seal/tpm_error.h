/* The one place where TSS2_RC becomes errno and words. */
#ifndef SEAL_TPM_ERROR_H
#define SEAL_TPM_ERROR_H

#include <stdbool.h>
#include <tss2/tss2_tpm2_types.h>

#include "base/error.h"

/*
 * The TPM's own code without the number of handle, parameter or session; codes of other layers as they are.
 */
TSS2_RC tpm_code(TSS2_RC rc);
bool tpm_parameter_refused(TSS2_RC rc); /* the TPM named a parameter as wrong */
int tpm_error(TSS2_RC rc, const char *command, struct error *err);
/* The same for what needs the owner hierarchy or room in NV memory: it says what to do about those. */
int tpm_owner_error(TSS2_RC rc, const char *command, struct error *err);

#endif
