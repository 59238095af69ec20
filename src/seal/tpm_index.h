/* The policy index: looking at it, making and removing it. */
#ifndef SEAL_TPM_INDEX_H
#define SEAL_TPM_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "hash/hash.h"
#include "seal/policy.h"
#include "seal/tpm.h"
#include "seal/tpm_name.h"

#define INDEX_HANDLE_FIRST 0x0180b007u /* the first free one of these is ours */
#define INDEX_HANDLE_LAST 0x0180b00fu

/* Name of what is at the handle now. -ENOENT. */
int index_found(struct tpm *t, uint32_t handle, struct error *err, struct tpm_name *ret);
/* Is what is at the handle made like a policy index, whoever's key may write it? */
bool index_resembles(struct tpm *t, uint32_t handle);
/* Defines it at the first free handle of ours, or finds it by its Name. -ENOSPC, -EPERM. */
int index_create(struct tpm *t, const struct authority *a, struct error *err, uint32_t *ret_handle);
/* The policy digest in it. name: what it must be called (-EKEYREJECTED). -ENODATA: never written. */
int index_read(struct tpm *t, uint32_t handle, const struct tpm_name *name, struct error *err,
	       uint8_t ret_policy[static SHA256_LEN]);
/* Owner undefines it. Fine when absent. */
int index_remove(struct tpm *t, uint32_t handle, struct error *err);

/* For tpm*.c: the index, looked up at most once. -EKEYREJECTED when it has another Name. */
int tpm_index_want(struct tpm *t, uint32_t handle, const struct tpm_name *expected, struct error *err);

#endif
