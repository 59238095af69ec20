#include "hash/certificate.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DER_SEQUENCE 0x30
#define NAME_MAX_LEN 64

struct certificate {
	X509 *x;
};

static int wrap(X509 *x, struct certificate **ret)
{
	struct certificate *c = calloc(1, sizeof(*c));

	if (!c) {
		X509_free(x);
		return -ENOMEM;
	}
	c->x = x;
	*ret = c;
	return 0;
}

void certificate_free(struct certificate *c)
{
	if (!c)
		return;
	X509_free(c->x);
	free(c);
}

static int read_der(const struct reader *text, struct error *err, struct certificate **ret, size_t *ret_n)
{
	const unsigned char *p = text->at;
	X509 *x = d2i_X509(NULL, &p, (long)text->left);
	int r;

	ERR_clear_error();
	if (!x || p != text->at + text->left) {
		X509_free(x);
		return error_set(err, -EBADMSG, "not a DER certificate, or something is behind it");
	}
	r = wrap(x, ret);
	*ret_n = r == 0;
	return r;
}

static int read_pem(BIO *in, size_t max, struct error *err, struct certificate **ret, size_t *ret_n)
{
	unsigned long why;
	int r = 0;
	X509 *x;

	while (r == 0 && (x = PEM_read_bio_X509(in, NULL, NULL, NULL))) {
		if (*ret_n == max) {
			X509_free(x);
			return error_set(err, -E2BIG, "more than %zu certificates", max);
		}
		r = wrap(x, &ret[*ret_n]);
		*ret_n += r == 0;
	}
	if (r < 0)
		return r;
	/* only the end of the file ends it well */
	why = ERR_peek_last_error();
	if (ERR_GET_LIB(why) != ERR_LIB_PEM || ERR_GET_REASON(why) != PEM_R_NO_START_LINE)
		return error_set(err, -EBADMSG, "certificate %zu of it is damaged", *ret_n + 1);
	return *ret_n > 0 ? 0 : error_set(err, -EBADMSG, "no certificate in it");
}

int certificates_read(const struct reader *text, size_t max, struct error *err, struct certificate **ret,
		      size_t *ret_n)
{
	BIO *in;
	int r;

	*ret_n = 0;
	if (text->left > CERTIFICATE_MAX_LEN)
		return error_set(err, -E2BIG, "larger than %u bytes", CERTIFICATE_MAX_LEN);
	if (max > 0 && text->left > 0 && text->at[0] == DER_SEQUENCE)
		return read_der(text, err, ret, ret_n);
	in = BIO_new_mem_buf(text->left > 0 ? (const void *)text->at : "", (int)text->left);
	if (!in)
		return -ENOMEM;
	ERR_clear_error();
	r = read_pem(in, max, err, ret, ret_n);
	ERR_clear_error();
	BIO_free(in);
	while (r < 0 && *ret_n > 0)
		certificate_free(ret[--*ret_n]);
	return r;
}

int certificate_key_digest(const struct certificate *c, uint8_t ret[static SHA256_LEN])
{
	unsigned char *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x), &der);
	int r = n > 0 ? hash_sha256(der, (size_t)n, ret) : -ENOMEM;

	OPENSSL_free(der);
	return r;
}

int certificate_digest(const struct certificate *c, uint8_t ret[static SHA256_LEN])
{
	unsigned char *der = NULL;
	int n = i2d_X509(c->x, &der);
	int r = n > 0 ? hash_sha256(der, (size_t)n, ret) : -ENOMEM;

	OPENSSL_free(der);
	return r;
}

bool certificate_is_ca(const struct certificate *c)
{
	bool yes = X509_check_ca(c->x) == 1;

	ERR_clear_error();
	return yes;
}

void certificate_add_name(const struct certificate *c, struct buffer *b)
{
	char name[NAME_MAX_LEN] = "";

	X509_NAME_get_text_by_NID(X509_get_subject_name(c->x), NID_commonName, name, sizeof(name));
	ERR_clear_error();
	for (size_t i = 0; name[i]; i++)
		buffer_add_u8(b, name[i] >= 0x20 && name[i] < 0x7f ? (uint8_t)name[i] : '?');
}

bool certificate_is_named(const struct certificate *c, const char *common_name)
{
	struct buffer b = BUFFER_NONE;
	bool yes;

	certificate_add_name(c, &b);
	yes = strcmp(buffer_str(&b), common_name) == 0;
	buffer_free(&b);
	return yes;
}

int certificate_extension(const struct certificate *c, const char *oid, struct reader *ret)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	const ASN1_OCTET_STRING *value;
	int at, r = -ENOENT;

	if (!object)
		return -EINVAL;
	at = X509_get_ext_by_OBJ(c->x, object, -1);
	if (at >= 0 && X509_get_ext_by_OBJ(c->x, object, at) >= 0) {
		r = -EEXIST;
	} else if (at >= 0) {
		value = X509_EXTENSION_get_data(X509_get_ext(c->x, at));
		*ret = reader_new(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
		r = 0;
	}
	ASN1_OBJECT_free(object);
	return r;
}

int certificate_age(const struct certificate *c, int64_t now)
{
	time_t t = (time_t)now;

	/* 0 is an error; equal counts as before */
	if (X509_cmp_time(X509_get0_notBefore(c->x), &t) != -1)
		return -1;
	return X509_cmp_time(X509_get0_notAfter(c->x), &t) == 1 ? 0 : 1;
}

int certificate_end(const struct certificate *c, int64_t *ret)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(X509_get0_notAfter(c->x), &tm) != 1) {
		ERR_clear_error();
		return -EBADMSG;
	}
	*ret = timegm(&tm);
	return 0;
}

static bool is_pss_sha384(const X509 *x)
{
	const X509_ALGOR *algorithm;
	RSA_PSS_PARAMS *p;
	const ASN1_OBJECT *hash = NULL, *mask = NULL;
	bool yes;

	X509_get0_signature(NULL, &algorithm, x);
	if (OBJ_obj2nid(algorithm->algorithm) != NID_rsassaPss)
		return false;
	p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);
	if (p && p->hashAlgorithm)
		hash = p->hashAlgorithm->algorithm;
	if (p && p->maskGenAlgorithm && OBJ_obj2nid(p->maskGenAlgorithm->algorithm) == NID_mgf1)
		mask = p->maskGenAlgorithm->algorithm;
	yes = hash && mask && OBJ_obj2nid(hash) == NID_sha384 && p->saltLength &&
	      ASN1_INTEGER_get(p->saltLength) == 48;
	RSA_PSS_PARAMS_free(p);
	return yes;
}

bool certificate_signed_by(const struct certificate *c, const struct certificate *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer->x);
	bool yes;

	yes = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && is_pss_sha384(c->x) &&
	      X509_NAME_cmp(X509_get_issuer_name(c->x), X509_get_subject_name(issuer->x)) == 0 &&
	      X509_verify(c->x, key) == 1;
	ERR_clear_error();
	return yes;
}

static bool is_p384(const EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) ==
		       1 &&
	       strcmp(group, SN_secp384r1) == 0;
}

/* An ECDSA-Sig-Value (RFC 3279), to be freed by OPENSSL_free(); 0 bytes when it cannot be made. */
static int make_signature(const uint8_t r[static P384_LEN], const uint8_t s[static P384_LEN],
			  unsigned char **ret)
{
	BIGNUM *big_r = BN_bin2bn(r, P384_LEN, NULL), *big_s = BN_bin2bn(s, P384_LEN, NULL);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	int n = 0;

	if (big_r && big_s && sig && ECDSA_SIG_set0(sig, big_r, big_s) == 1) {
		big_r = big_s = NULL;
		n = i2d_ECDSA_SIG(sig, ret);
	}
	BN_free(big_r);
	BN_free(big_s);
	ECDSA_SIG_free(sig);
	return n > 0 ? n : 0;
}

bool certificate_signed_p384(const struct certificate *c, const struct reader *bytes,
			     const uint8_t r[static P384_LEN], const uint8_t s[static P384_LEN])
{
	EVP_PKEY *key = X509_get0_pubkey(c->x);
	unsigned char *sig = NULL;
	int n = make_signature(r, s, &sig);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool yes;

	yes = n > 0 && md && key && is_p384(key) &&
	      EVP_DigestVerifyInit(md, NULL, EVP_sha384(), NULL, key) == 1 &&
	      EVP_DigestVerify(md, sig, (size_t)n, bytes->at, bytes->left) == 1;
	EVP_MD_CTX_free(md);
	OPENSSL_free(sig);
	ERR_clear_error();
	return yes;
}
