#include "attest_sample.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "certificate_sample.h"

#define AMD "1.3.6.1.4.1.3704.1."

void attest_keys_certify_ask(struct attest_keys *k, bool is_ca)
{
	certificate_free(k->certificate[1]);
	k->certificate[1] = certificate_sample(&(struct certificate_sample){ .name = "SEV-" SAMPLE_LINE,
									     .key = k->ask,
									     .issuer = "ARK-" SAMPLE_LINE,
									     .by = k->ark,
									     .now = SAMPLE_NOW,
									     .from = -1000,
									     .until = 1000,
									     .is_ca = is_ca });
}

struct vcek_sample vcek_sample(void)
{
	struct vcek_sample v = { .name = "SEV-VCEK",
				 .product = SAMPLE_LINE "-B0",
				 .boot_loader = 4,
				 .tee = 0,
				 .snp = 24,
				 .microcode = 219,
				 .from = -1000,
				 .until = 1000 };

	memset(v.chip, 0xc1, sizeof(v.chip));
	return v;
}

void attest_keys_certify(struct attest_keys *k, const struct vcek_sample *v)
{
	struct buffer chip = BUFFER_NONE;

	if (v->tagged_chip) {
		buffer_add_u8(&chip, V_ASN1_OCTET_STRING);
		buffer_add_u8(&chip, sizeof(v->chip));
	}
	buffer_add(&chip, v->chip, sizeof(v->chip));
	certificate_free(k->certificate[0]);
	k->certificate[0] =
		certificate_sample(&(struct certificate_sample){ .name = v->name,
								 .key = k->vcek,
								 .issuer = "SEV-" SAMPLE_LINE,
								 .by = k->ask,
								 .now = SAMPLE_NOW,
								 .from = v->from,
								 .until = v->until,
								 .sha256 = v->sha256,
								 .text = { AMD "2", v->product },
								 .number = { { AMD "3.1", v->boot_loader },
									     { AMD "3.2", v->tee },
									     { AMD "3.3", v->snp },
									     { AMD "3.8", v->microcode } },
								 .bytes = { AMD "4", chip.data, chip.len } });
	buffer_free(&chip);
}

static void export_key(const EVP_PKEY *key, struct rsa_public *ret)
{
	BIGNUM *n = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
	*ret = (struct rsa_public){ .n_len = (size_t)BN_num_bytes(n), .e = 65537 };
	BN_bn2bin(n, ret->n);
	BN_free(n);
}

void attest_keys_make(struct attest_keys *ret)
{
	const struct vcek_sample vcek = vcek_sample();

	*ret = (struct attest_keys){ .ark = EVP_RSA_gen(2048),
				     .ask = EVP_RSA_gen(2048),
				     .vcek = EVP_EC_gen("P-384"),
				     .ak = EVP_RSA_gen(2048) };
	assert_true(ret->ark && ret->ask && ret->vcek && ret->ak);
	export_key(ret->ak, &ret->ak_public);
	ret->certificate[2] = certificate_sample(&(struct certificate_sample){ .name = "ARK-" SAMPLE_LINE,
									       .key = ret->ark,
									       .issuer = "ARK-" SAMPLE_LINE,
									       .by = ret->ark,
									       .now = SAMPLE_NOW,
									       .from = -1000,
									       .until = 1000,
									       .is_ca = true });
	attest_keys_certify_ask(ret, true);
	attest_keys_certify(ret, &vcek);
	ret->lines[0] = (struct amd_line){
		.name = SAMPLE_LINE, .family = 0x19, .model_first = 0x10, .model_last = 0x1f
	};
	assert_int_equal(certificate_key_digest(ret->certificate[2], ret->lines[0].ark), 0);
}

void attest_keys_free(struct attest_keys *k)
{
	for (size_t i = 0; i < 3; i++)
		certificate_free(k->certificate[i]);
	EVP_PKEY_free(k->ark);
	EVP_PKEY_free(k->ask);
	EVP_PKEY_free(k->vcek);
	EVP_PKEY_free(k->ak);
}

/* --- the report --- */

static void put_le32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

static void add_base64url(struct buffer *b, const uint8_t *data, size_t n)
{
	char text[RSA_MAX_LEN * 2];
	int len = EVP_EncodeBlock((unsigned char *)text, data, (int)n);

	for (int i = 0; i < len && text[i] != '='; i++)
		buffer_add_u8(b, text[i] == '+' ? '-' : text[i] == '/' ? '_' : (uint8_t)text[i]);
}

void claims_sample(const struct rsa_public *ak, struct buffer *ret)
{
	buffer_add_str(
		ret, "{\"keys\":[{\"kid\":\"HCLAkPub\",\"key_ops\":[\"sign\"],\"kty\":\"RSA\",\"e\":\"AQAB\","
		     "\"n\":\"");
	add_base64url(ret, ak->n, ak->n_len);
	buffer_add_str(ret,
		       "\"}],\"vm-configuration\":{\"console-enabled\":true,\"secure-boot\":true,"
		       "\"tpm-persisted\":true,\"vmUniqueId\":\"" SAMPLE_VM_ID "\"},\"user-data\":\"00\"}");
	assert_true(buffer_ok(ret));
}

void report_sample_claims(struct report_sample *s, const char *json)
{
	uint32_t n = (uint32_t)strlen(json);

	assert_true(SAMPLE_CLAIMS + n <= sizeof(s->bytes));
	memset(s->bytes + SAMPLE_CLAIMS, 0, sizeof(s->bytes) - SAMPLE_CLAIMS);
	memcpy(s->bytes + SAMPLE_CLAIMS, json, n);
	put_le32(s->bytes + 8, SAMPLE_CLAIMS + n);
	put_le32(s->bytes + SAMPLE_CLAIMS_HEADER, 20 + n);
	put_le32(s->bytes + SAMPLE_CLAIMS_HEADER + 16, n);
}

void report_sample_make(const struct attest_keys *k, struct report_sample *ret)
{
	const struct vcek_sample v = vcek_sample();
	uint8_t *snp = ret->bytes + SAMPLE_SNP, *claims = ret->bytes + SAMPLE_CLAIMS_HEADER;
	struct buffer json = BUFFER_NONE;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->bytes, "HCLA", 4);
	put_le32(ret->bytes + 4, 2); /* version */
	put_le32(ret->bytes + 12, 2); /* a request for attestation */
	put_le32(snp, 3);
	put_le32(snp + 8, 0x3001f);
	put_le32(snp + 0x34, 1); /* ECDSA P-384 with SHA-384 */
	memset(snp + 0x90, 0x3e, SNP_MEASUREMENT_LEN);
	snp[0x180] = v.boot_loader;
	snp[0x186] = v.snp;
	snp[0x187] = v.microcode;
	snp[0x188] = 0x19;
	snp[0x189] = 0x11;
	memcpy(snp + 0x1a0, v.chip, sizeof(v.chip));
	put_le32(claims + 4, 1); /* version */
	put_le32(claims + 8, HCL_SNP);
	put_le32(claims + 12, 1); /* SHA-256 */
	claims_sample(&k->ak_public, &json);
	report_sample_claims(ret, buffer_str(&json));
	buffer_free(&json);
	report_sample_sign(k, ret);
}

static void put_number(const BIGNUM *n, uint8_t at[static 72])
{
	memset(at, 0, 72);
	assert_int_equal(BN_bn2lebinpad(n, at, 72), 72);
}

void report_sample_sign(const struct attest_keys *k, struct report_sample *s)
{
	uint8_t *snp = s->bytes + SAMPLE_SNP, *claims = s->bytes + SAMPLE_CLAIMS_HEADER, der[128];
	uint32_t n = claims[16] | (uint32_t)claims[17] << 8;
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	const unsigned char *p = der;
	size_t len = sizeof(der);
	ECDSA_SIG *sig;

	memset(snp + 0x50, 0, SNP_DATA_LEN);
	assert_int_equal(hash_sha256(s->bytes + SAMPLE_CLAIMS, n, snp + 0x50), 0);
	assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha384(), NULL, k->vcek), 1);
	assert_int_equal(EVP_DigestSign(md, der, &len, snp, 0x2a0), 1);
	EVP_MD_CTX_free(md);
	sig = d2i_ECDSA_SIG(NULL, &p, (long)len);
	assert_non_null(sig);
	put_number(ECDSA_SIG_get0_r(sig), snp + 0x2a0);
	put_number(ECDSA_SIG_get0_s(sig), snp + 0x2a0 + 72);
	ECDSA_SIG_free(sig);
}

/* --- what the attestation key signs --- */

static void add_sized(struct buffer *b, const void *data, size_t n)
{
	buffer_add_be16(b, (uint16_t)n);
	buffer_add(b, data, n);
}

static void begin_statement(struct buffer *b, uint16_t type, const char *nonce)
{
	static const uint8_t clock_and_firmware[17 + 8] = { 0 };

	*b = BUFFER_NONE;
	buffer_add_be32(b, 0xff544347);
	buffer_add_be16(b, type);
	add_sized(b, "signer", 6);
	add_sized(b, nonce, strlen(nonce));
	buffer_add(b, clock_and_firmware, sizeof(clock_and_firmware));
}

void statement_sample_sign(const struct attest_keys *k, struct statement_sample *s)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t sig[RSA_MAX_LEN];
	size_t n = sizeof(sig);

	assert_int_equal(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, k->ak), 1);
	assert_int_equal(EVP_DigestSign(md, sig, &n, s->bytes.data, s->bytes.len), 1);
	EVP_MD_CTX_free(md);
	buffer_free(&s->signature);
	buffer_add(&s->signature, sig, n);
}

void quote_sample(const struct attest_keys *k, pcr_mask pcrs,
		  const uint8_t values[static PCR_COUNT][SHA256_LEN], const char *nonce,
		  struct statement_sample *ret)
{
	uint8_t digest[SHA256_LEN];

	*ret = (struct statement_sample){ .signature = BUFFER_NONE };
	begin_statement(&ret->bytes, 0x8018, nonce);
	buffer_add_be32(&ret->bytes, 1);
	buffer_add_be16(&ret->bytes, HASH_SHA256);
	buffer_add_u8(&ret->bytes, 3);
	for (int i = 0; i < 3; i++)
		buffer_add_u8(&ret->bytes, (uint8_t)(pcrs >> 8 * i));
	assert_int_equal(statement_pcr_digest(pcrs, values, digest), 0);
	add_sized(&ret->bytes, digest, sizeof(digest));
	statement_sample_sign(k, ret);
}

void certify_sample(const struct attest_keys *k, const struct tpm_name *name, const char *nonce,
		    struct statement_sample *ret)
{
	*ret = (struct statement_sample){ .signature = BUFFER_NONE };
	begin_statement(&ret->bytes, 0x8017, nonce);
	add_sized(&ret->bytes, name->bytes, sizeof(name->bytes));
	add_sized(&ret->bytes, "qualified", 9);
	statement_sample_sign(k, ret);
}

void statement_sample_free(struct statement_sample *s)
{
	buffer_free(&s->bytes);
	buffer_free(&s->signature);
}

/* --- the result --- */

const struct attest_check *attest_find(const struct attest_result *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->check[i].name, name) == 0)
			return &r->check[i];
	fail_msg("there is no check '%s'", name);
	return NULL;
}

void attest_expect(const struct attest_result *r, const char *name, enum attest_verdict verdict,
		   const char *words)
{
	const struct attest_check *c = attest_find(r, name);

	if (c->verdict != verdict || !strstr(c->text, words))
		fail_msg("%s: verdict %d instead of %d, or not \"%s\": %s", name, c->verdict, verdict, words,
			 c->text);
}
