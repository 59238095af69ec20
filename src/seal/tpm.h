/*
 * The TPM. The only header over tpm2-tss; nothing of it shows.
 *
 * One context, one thread. Every function leaves the TPM with no session or transient object of ours in it.
 * (After an answer that was lost or changed on the bus the next call does that, or tpm_close(), over a new
 * connection.) A TPM that does not answer, or not now, is waited for half a minute in all; then every further call is -ETIMEDOUT.
 * Errors: -ENODEV no TPM; -ENOENT no such handle; -EKEYREJECTED the SRK's or index's Name is not the
 * expected one; -EACCES the policy does not match or the PCRs changed for good; -EAGAIN the TPM asks to
 * come back later (after our own retries); -EPERM authorisation (owner password) refused; -ENOSPC no room
 * in NV or for sessions; -EOPNOTSUPP a command that this TPM lacks, or a hash or key type that is not ours;
 * -EBADMSG a sealed object that is damaged or not of this SRK; -ETIMEDOUT; -EIO anything else. The words in
 * err name the command and the TPM's own response code.
 */
#ifndef SEAL_TPM_H
#define SEAL_TPM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"
#include "seal/policy.h"

#define SRK_HANDLE 0x81000001u
#define INDEX_HANDLE_FIRST 0x0180b007u /* the first free one of these is ours */
#define INDEX_HANDLE_LAST 0x0180b00fu

struct tpm;

/*
 * tcti: NULL (the first of /dev/tpm0, /dev/tpmrm0 that opens), "device:PATH", "swtpm:host=H,port=N" or
 * "swtpm:path=SOCKET". Sets TSS2_LOG=all+none unless it is set, since tpm2-tss writes to stderr.
 */
int tpm_open(const char *tcti, struct error *err, struct tpm **ret);
void tpm_close(struct tpm *t); /* fine on NULL */

/* Did any command go well since tpm_open()? A TPM that answers none gives nothing away, either. */
bool tpm_answers(const struct tpm *t);

/* SHA-256 bank, one command for up to eight PCRs, the rest of ret is zero. */
int tpm_pcrs(struct tpm *t, pcr_mask mask, struct error *err, uint8_t ret[static PCR_COUNT][SHA256_LEN]);

/* -EOPNOTSUPP with words unless the TPM has PolicyAuthorizeNV and the SHA-256 bank. */
int tpm_require(struct tpm *t, struct error *err);

/* The SRK at SRK_HANDLE, as found. Later calls are salted to it. -ENOENT when there is none. */
int tpm_srk(struct tpm *t, struct error *err, struct tpm_name *ret_name);
/* The same, created from the TCG ECC P-256 template and made persistent where absent. */
int tpm_srk_ensure(struct tpm *t, struct error *err, struct tpm_name *ret_name);

/* Signs a 32-byte digest with the authority key: P-256 ECDSA, r and s padded to 32 bytes. */
struct authority {
	uint8_t x[32], y[32];
	int (*sign)(void *key, const uint8_t digest[static SHA256_LEN], uint8_t ret_r[static 32],
		    uint8_t ret_s[static 32]);
	void *key;
};

/* Name of the authority's public key as the TPM computes it (LoadExternal), pure. */
int authority_name(const struct authority *a, struct tpm_name *ret);
/* Name of the index before (written false) and after its first write, pure. */
int index_name(uint32_t handle, const struct authority *a, bool written, struct tpm_name *ret);

/* Name of what is at the handle now. -ENOENT. */
int index_found(struct tpm *t, uint32_t handle, struct error *err, struct tpm_name *ret);
/* Defines it at the first free handle of ours, or finds it by its Name. -ENOSPC, -EPERM. */
int index_create(struct tpm *t, const struct authority *a, struct error *err, uint32_t *ret_handle);
/* The policy digest in it. name: what it must be called (-EKEYREJECTED). -ENODATA: never written. */
int index_read(struct tpm *t, uint32_t handle, const struct tpm_name *name, struct error *err,
	       uint8_t ret_policy[static SHA256_LEN]);
/* NV_Write under PolicySigned, bound to the session's nonce and the command's cpHash. Reads back. */
int index_write(struct tpm *t, uint32_t handle, const struct authority *a,
		const uint8_t policy[static SHA256_LEN], struct error *err);
/* Owner undefines it. Fine when absent. */
int index_remove(struct tpm *t, uint32_t handle, struct error *err);

/* Under the SRK, with authPolicy PolicyAuthorizeNV(index). ret_object: TPM2B_PUBLIC || TPM2B_PRIVATE. */
int tpm_seal(struct tpm *t, const struct secret *key, const struct tpm_name *index, struct error *err,
	     struct buffer *ret_object);

struct unseal_request {
	const void *object; /* as tpm_seal returned it; untrusted bytes */
	size_t object_len;
	struct tpm_name srk;   /* what they must be called, from the anchor */
	struct tpm_name index;
	uint32_t index_handle;
	pcr_mask mask;
	const struct branch *branches; /* of the generation that the index holds */
	size_t branch_count, which;
};

/*
 * Load, one salted and encrypted policy session, Unseal. PCRs that change midway restart it, three times.
 * The salted session stays open for a further tpm_unseal() and for tpm_close_window(), until that or
 * tpm_close().
 */
int tpm_unseal(struct tpm *t, const struct unseal_request *q, struct error *err, struct secret *ret);

/*
 * Closes the window: PCR_Event(15, text) under a salted session, then PCR 15 is read back. -EIO when it did not
 * change, whatever the TPM said.
 *
 * keys: keys of this boot are in hand. Then only an authentic answer counts: whoever sits on the bus could forge any
 * other, keep the window open and have the key asked for once more. Without keys the event is sent unprotected
 * where the SRK is missing, is not srk (which may be NULL) or the salted one fails, because a window that a fault
 * keeps open is worse; and a PCR 15 that is not zero is left alone.
 * The event is the text without its NUL, at most its first 1024 bytes (TPM2B_EVENT).
 */
int tpm_close_window(struct tpm *t, const struct tpm_name *srk, const char *text, bool keys,
		     struct error *err);

#endif
