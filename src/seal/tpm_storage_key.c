#include "seal/tpm_storage_key.h"

#include <errno.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "base/reader.h"
#include "seal/tpm_name.h"

#define RSA_BITS 2048
#define RSA_EXPONENT 65537u /* what an exponent of 0 means, Part 2, 12.2.3.5 */

static int refuse(struct error *err, const char *what)
{
	return error_set(
		err, -EOPNOTSUPP,
		"it is no storage root key that can be sealed to: %s; it must be RSA-2048 or ECC P-256, "
		"with AES-128-CFB and SHA-256, of the TCG's template",
		what);
}

static const struct {
	TPMA_OBJECT bit;
	bool wanted;
	const char *words;
} attributes[] = {
	{ TPMA_OBJECT_DECRYPT, true, "it does not decrypt" },
	{ TPMA_OBJECT_RESTRICTED, true, "it is not restricted, so it decrypts for anyone" },
	{ TPMA_OBJECT_SIGN_ENCRYPT, false, "it signs" },
	{ TPMA_OBJECT_FIXEDTPM, true, "it is not fixed to its TPM" },
	{ TPMA_OBJECT_FIXEDPARENT, true, "it is not fixed to its parent" },
	{ TPMA_OBJECT_SENSITIVEDATAORIGIN, true, "its TPM did not make it" },
	{ TPMA_OBJECT_USERWITHAUTH, true, "it is used by a policy, not by a password" },
	{ TPMA_OBJECT_ADMINWITHPOLICY, false, "a policy administrates it" },
	{ TPMA_OBJECT_ENCRYPTEDDUPLICATION, false, "it can be duplicated" },
	{ TPMA_OBJECT_STCLEAR, false, "it ends with the next start of its TPM" },
};

static int check_attributes(TPMA_OBJECT a, struct error *err)
{
	TPMA_OBJECT known = TPMA_OBJECT_NODA;

	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
		if (!(a & attributes[i].bit) == attributes[i].wanted)
			return refuse(err, attributes[i].words);
		known |= attributes[i].bit;
	}
	return a & ~known ? refuse(err, "it has an attribute that is not known") : 0;
}

static int check_symmetric(const TPMT_SYM_DEF_OBJECT *s, struct error *err)
{
	if (s->algorithm != TPM2_ALG_AES || s->keyBits.aes != 128 || s->mode.aes != TPM2_ALG_CFB)
		return refuse(err, "its symmetric algorithm is not AES-128-CFB");
	return 0;
}

static int get_rsa(const TPMT_PUBLIC *p, struct error *err, struct storage_key *ret)
{
	const TPMS_RSA_PARMS *detail = &p->parameters.rsaDetail;
	const TPM2B_PUBLIC_KEY_RSA *n = &p->unique.rsa;

	if (detail->keyBits != RSA_BITS || n->size != RSA_BITS / 8 || !(n->buffer[0] & 0x80) ||
	    !(n->buffer[n->size - 1] & 1))
		return refuse(err, "it is RSA, but not RSA-2048");
	if (detail->exponent != 0 && detail->exponent != RSA_EXPONENT)
		return refuse(err, "its RSA exponent is not 65537");
	if (detail->scheme.scheme != TPM2_ALG_NULL)
		return refuse(err, "it has a scheme");
	ret->is_rsa = true;
	ret->rsa.e = RSA_EXPONENT;
	ret->rsa.n_len = n->size;
	memcpy(ret->rsa.n, n->buffer, n->size);
	return check_symmetric(&detail->symmetric, err);
}

static bool pad(const TPM2B_ECC_PARAMETER *from, uint8_t ret[static P256_LEN])
{
	if (from->size < 1 || from->size > P256_LEN)
		return false;
	memset(ret, 0, P256_LEN);
	memcpy(ret + P256_LEN - from->size, from->buffer, from->size);
	return true;
}

static int get_ecc(const TPMT_PUBLIC *p, struct error *err, struct storage_key *ret)
{
	const TPMS_ECC_PARMS *detail = &p->parameters.eccDetail;

	if (detail->curveID != TPM2_ECC_NIST_P256 || !pad(&p->unique.ecc.x, ret->x) ||
	    !pad(&p->unique.ecc.y, ret->y))
		return refuse(err, "it is ECC, but not on the curve P-256");
	if (detail->scheme.scheme != TPM2_ALG_NULL || detail->kdf.scheme != TPM2_ALG_NULL)
		return refuse(err, "it has a scheme");
	ret->x_len = p->unique.ecc.x.size;
	return check_symmetric(&detail->symmetric, err);
}

static int get(const TPMT_PUBLIC *p, struct error *err, struct storage_key *ret)
{
	int r;

	if (p->type != TPM2_ALG_RSA && p->type != TPM2_ALG_ECC)
		return refuse(err, "it is neither RSA nor ECC");
	if (p->nameAlg != TPM2_ALG_SHA256)
		return refuse(err, "its Name is not of SHA-256");
	r = check_attributes(p->objectAttributes, err);
	if (r < 0)
		return r;
	if (p->authPolicy.size != 0)
		return refuse(err, "it has a policy");
	return p->type == TPM2_ALG_RSA ? get_rsa(p, err, ret) : get_ecc(p, err, ret);
}

int storage_key_parse(const void *bytes, size_t n, struct error *err, struct storage_key *ret)
{
	struct reader r = reader_new(bytes, n);
	struct storage_key k = { .is_rsa = false };
	TPM2B_PUBLIC public = { .size = 0 };
	size_t used = 0;
	uint16_t size;
	int e;

	if (!reader_be16(&r, &size) || size != r.left || size == 0 || n > STORAGE_KEY_FILE_MAX ||
	    Tss2_MU_TPM2B_PUBLIC_Unmarshal(bytes, n, &used, &public) != TSS2_RC_SUCCESS || used != n)
		return error_set(
			err, -EBADMSG,
			"not a TPM's public area (TPM2B_PUBLIC): 'tpm2_readpublic -c 0x81000001 -o FILE' "
			"writes one, and so does 'systemd-analyze srk'");
	e = get(&public.publicArea, err, &k);
	if (e == 0)
		e = tpm_name_of(r.at, r.left, &k.name);
	if (e == 0)
		*ret = k;
	return e;
}
