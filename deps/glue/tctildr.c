/*
 * tpm2-tss loads TCTIs with dlopen, which a static program has not. We open ours directly (src/seal/tpm_transport.c);
 * Esys_Initialize refers to the loader for a caller that brings none.
 */
#include <tss2/tss2_tctildr.h>

TSS2_RC Tss2_TctiLdr_Initialize(const char *spec, TSS2_TCTI_CONTEXT **ret)
{
	(void)spec;
	(void)ret;
	return TSS2_TCTI_RC_NOT_SUPPORTED;
}

TSS2_RC Tss2_TctiLdr_Initialize_Ex(const char *name, const char *conf, TSS2_TCTI_CONTEXT **ret)
{
	(void)name;
	(void)conf;
	(void)ret;
	return TSS2_TCTI_RC_NOT_SUPPORTED;
}

void Tss2_TctiLdr_Finalize(TSS2_TCTI_CONTEXT **tcti)
{
	(void)tcti;
}
