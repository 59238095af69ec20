#include "attest/statement.h"

#include <errno.h>

#include "base/buffer.h"

#define GENERATED 0xff544347u /* TPM_GENERATED_VALUE */
#define ST_ATTEST_CERTIFY 0x8017
#define ST_ATTEST_QUOTE 0x8018
#define ALG_RSASSA 0x0014
#define CLOCK_INFO_LEN 17
#define SELECT_MAX 4 /* bytes of a selection */

static bool take_sized(struct reader *r, struct reader *ret)
{
	uint16_t n;

	return reader_be16(r, &n) && reader_take(r, n, ret);
}

static int damaged(struct error *err)
{
	return error_set(err, -EBADMSG, "what the TPM signed is damaged");
}

static int take_quote(struct reader *r, struct error *err, struct statement *ret)
{
	struct reader select;
	uint32_t count;
	uint16_t hash;
	uint8_t n;

	if (!reader_be32(r, &count))
		return damaged(err);
	if (count != 1)
		return error_set(err, -EOPNOTSUPP, "the quote is of %u banks of PCRs; it must be one", count);
	if (!reader_be16(r, &hash) || !reader_u8(r, &n) || n > SELECT_MAX || !reader_take(r, n, &select) ||
	    !take_sized(r, &ret->pcr_digest))
		return damaged(err);
	if (hash != HASH_SHA256)
		return error_set(err, -EOPNOTSUPP, "the quote is of the PCR bank 0x%04x instead of SHA-256",
				 hash);
	for (unsigned i = 0; i < 8u * n; i++) {
		if (!(select.at[i / 8] >> i % 8 & 1))
			continue;
		if (i >= PCR_COUNT)
			return error_set(err, -EOPNOTSUPP, "the quote is of PCR %u, which is not known", i);
		ret->pcrs |= PCR(i);
	}
	return 0;
}

static int take_certify(struct reader *r, struct error *err, struct statement *ret)
{
	struct reader qualified;

	return take_sized(r, &ret->name) && take_sized(r, &qualified) ? 0 : damaged(err);
}

int statement_parse(const struct reader *bytes, struct error *err, struct statement *ret)
{
	struct statement s = { .pcrs = 0 };
	struct reader r = *bytes, signer;
	uint16_t type = 0;
	uint32_t magic;
	int e;

	if (bytes->left > STATEMENT_MAX_LEN)
		return error_set(err, -EBADMSG, "what the TPM signed is larger than %u bytes",
				 STATEMENT_MAX_LEN);
	if (!reader_be32(&r, &magic) || magic != GENERATED || !reader_be16(&r, &type) ||
	    !take_sized(&r, &signer) || !take_sized(&r, &s.nonce) || !reader_skip(&r, CLOCK_INFO_LEN + 8))
		return error_set(err, -EBADMSG, "this is nothing that a TPM made and signed");
	if (type != ST_ATTEST_QUOTE && type != ST_ATTEST_CERTIFY)
		return error_set(err, -EOPNOTSUPP,
				 "the TPM's statement is of type 0x%04x: neither a quote nor a "
				 "certified key",
				 type);
	s.kind = type == ST_ATTEST_QUOTE ? STATEMENT_QUOTE : STATEMENT_CERTIFY;
	e = s.kind == STATEMENT_QUOTE ? take_quote(&r, err, &s) : take_certify(&r, err, &s);
	if (e == 0 && r.left > 0)
		e = damaged(err);
	if (e == 0)
		*ret = s;
	return e;
}

int statement_signed(const struct reader *bytes, const struct reader *signature, const struct rsa_public *key,
		     struct error *err)
{
	struct reader rest = *signature, plain = *signature;
	uint16_t scheme, hash;

	if (signature->left != key->n_len &&
	    (!reader_be16(&rest, &scheme) || scheme != ALG_RSASSA || !reader_be16(&rest, &hash) ||
	     hash != HASH_SHA256 || !take_sized(&rest, &plain) || rest.left > 0))
		return error_set(err, -EBADMSG, "the signature is no RSASSA signature over SHA-256");
	if (!rsa_signed_sha256(key, bytes, &plain))
		return error_set(err, -EKEYREJECTED, "the attestation key of the report did not sign it");
	return 0;
}

int statement_pcr_digest(pcr_mask pcrs, const uint8_t values[static PCR_COUNT][SHA256_LEN],
			 uint8_t ret[static SHA256_LEN])
{
	struct buffer all = BUFFER_NONE;
	int r;

	for (unsigned i = 0; i < PCR_COUNT; i++)
		if (pcrs & PCR(i))
			buffer_add(&all, values[i], SHA256_LEN);
	r = buffer_ok(&all) ? hash_sha256(all.data ? (const void *)all.data : "", all.len, ret) : -ENOMEM;
	buffer_free(&all);
	return r;
}
