/*
 * Sits between ESYS and swtpm: counts commands, answers for the TPM, changes answers on their way. It takes
 * the place of Tss2_Tcti_Swtpm_Init in the programs that the Makefile links with it.
 */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <dlfcn.h>
#include <stdbool.h>
#include <tss2/tss2_tcti.h>
#include <tss2/tss2_tcti_swtpm.h>
#include <tss2/tss2_tpm2_types.h>

#include "swtpm.h"

#define WIRE_MAX 512

extern struct wire {
	unsigned int count; /* commands that were sent since wire_reset() */
	uint32_t code[WIRE_MAX];
	/*
	 * Called before a command goes out, with its number from 0: zero lets it pass, anything else is its
	 * answer.
	 */
	uint32_t (*before)(uint32_t code, unsigned int nth);
	/* May change a good answer, and set `cut`: so many bytes at its end do not arrive. */
	void (*after)(uint32_t code, uint8_t *answer, size_t n);
	size_t cut;
	void (*sent)(const uint8_t *command, size_t n); /* sees every command */
	uint32_t fake;					/* response code that the next receive gets */
	/* Set by before(): the TPM does not see the command, the caller hears that it went well. */
	bool swallow;
	TSS2_TCTI_TRANSMIT_FCN transmit;
	TSS2_TCTI_RECEIVE_FCN receive;
} wire;

void wire_reset(void);
unsigned int wire_times(uint32_t code);

#endif
