/*
 * A TPM's outer wrapper, computed without one (TPM 2.0 Library Part 1, 23.2.4, 24 and annexes B and C): in
 * the tool only.
 */
#ifndef SEAL_TPM_WRAP_H
#define SEAL_TPM_WRAP_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"
#include "seal/tpm_storage_key.h"

#define WRAP_CREDENTIAL "IDENTITY" /* for TPM2_ActivateCredential */
#define WRAP_TEXT_MAX 256	   /* bytes */

struct wrap {
	const struct storage_key *key; /* whose TPM takes the wrapper off */
	const char *label;	       /* what it is for: no other command of a TPM takes it off */
	struct tpm_name name;	       /* of the object that it belongs to */
	const struct secret *text;     /* 1..WRAP_TEXT_MAX bytes */
};

/*
 * TPM2B of an HMAC and the encrypted text, as TPM2B_ID_OBJECT and TPM2B_PRIVATE are; then
 * TPM2B_ENCRYPTED_SECRET. Different bytes each time. -EINVAL, -EBADMSG for a key that is no point of its
 * curve, -ENOMEM, -EIO.
 */
int tpm_wrap(const struct wrap *w, struct error *err, struct buffer *ret);

#endif
