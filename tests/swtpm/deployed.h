/* A TPM that a build machine has sealed a key for, knowing nothing but a file with its SRK's public area. */
#ifndef TESTS_DEPLOYED_H
#define TESTS_DEPLOYED_H

#include "esys.h"

#include "seal/first_boot.h"
#include "seal/tpm_deploy.h"
#include "seal/tpm_first_boot.h"

struct deployed {
	struct fixture f; /* of it: TPM, branches and PCRs */
	struct storage_key srk;
	struct first_boot_sealed sealed;
};

/* The TCG's template of an SRK, of which `unique` is to be filled. */
TPM2B_PUBLIC srk_of(bool is_rsa);
/* PCRs with a boot in them. */
void deployed_measure(struct swtpm *s);
uint32_t deployed_resets(struct swtpm *s);
/* Makes a primary; persist: at SRK_HANDLE, else it is gone again. What a file with its public area would say.
 */
void deployed_primary(struct swtpm *s, const TPM2B_PUBLIC *template, bool persist, struct storage_key *ret);
/* Runs a shell command in the TPM's directory, with TPM2TOOLS_TCTI set; and reads the file srk.pub there. */
void deployed_tools(struct swtpm *s, const char *command, struct storage_key *ret);
/* Seals TEST_KEY: n branches, of which `mine` is this boot, for `more` resets from now on. */
void deployed_seal(struct deployed *d, size_t n, size_t mine, uint32_t more);
/* A TPM without an SRK, PCRs with a boot in them. */
void deployed_start(struct deployed *d);
void deployed_stop(struct deployed *d);
/* Unlocks and compares; leaves nothing but a session in the TPM, and a primary. */
void deployed_unlocks(struct deployed *d, unsigned int primaries);
/* Is refused: nothing but a primary stays in the TPM. */
void deployed_refused(struct deployed *d, const struct first_boot_sealed *s, int expected, const char *words);

#endif
