#include "hash/authenticode.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

/* DigestInfo with SHA-256, up to the digest itself: SpcIndirectData ends with it. */
static const uint8_t digest_info[] = { 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
				       0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };

struct authenticode {
	PKCS7 *p7;
	struct reader content; /* the signed bytes: SpcIndirectData without its outer tag; points into p7 */
};

static bool is_spc(const PKCS7 *p7)
{
	char oid[64];

	return PKCS7_type_is_signed(p7) && p7->d.sign && p7->d.sign->contents &&
	       OBJ_obj2txt(oid, sizeof(oid), p7->d.sign->contents->type, 1) > 0 &&
	       strcmp(oid, SPC_INDIRECT_DATA) == 0;
}

/* The signature covers the SEQUENCE's value, not its tag and length. */
static bool find_content(const PKCS7 *p7, struct reader *ret)
{
	const ASN1_TYPE *other = p7->d.sign->contents->d.other;
	const unsigned char *p;
	long len;
	int tag, class;

	if (!other || other->type != V_ASN1_SEQUENCE || !other->value.sequence)
		return false;
	p = other->value.sequence->data;
	if (ASN1_get_object(&p, &len, &tag, &class, other->value.sequence->length) != V_ASN1_CONSTRUCTED ||
	    tag != V_ASN1_SEQUENCE)
		return false;
	*ret = reader_new(p, len);
	return true;
}

int authenticode_parse(const struct reader *pkcs7, struct authenticode **ret)
{
	const unsigned char *p = pkcs7->at;
	struct authenticode *s;
	int r = -EBADMSG;

	if (pkcs7->left > INT_MAX)
		return -EBADMSG;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->p7 = d2i_PKCS7(NULL, &p, pkcs7->left);
	if (s->p7 && is_spc(s->p7) && find_content(s->p7, &s->content)) {
		*ret = s;
		s = NULL;
		r = 0;
	}
	authenticode_free(s);
	ERR_clear_error();
	return r;
}

void authenticode_free(struct authenticode *s)
{
	if (!s)
		return;
	PKCS7_free(s->p7);
	free(s);
}

bool authenticode_covers(const struct authenticode *s, const uint8_t digest[static SHA256_LEN])
{
	const size_t n = sizeof(digest_info) + SHA256_LEN;
	const uint8_t *tail;

	if (s->content.left < n)
		return false;
	tail = s->content.at + s->content.left - n;
	return memcmp(tail, digest_info, sizeof(digest_info)) == 0 &&
	       memcmp(tail + sizeof(digest_info), digest, SHA256_LEN) == 0;
}

static X509 *parse_cert(const struct reader *cert)
{
	const unsigned char *p = cert->at;
	X509 *x;

	if (cert->left == 0 || cert->left > INT_MAX)
		return NULL;
	x = d2i_X509(NULL, &p, cert->left);
	if (x && p != cert->at + cert->left) {
		X509_free(x);
		x = NULL;
	}
	ERR_clear_error();
	return x;
}

static X509_STORE *store_of(X509 *trusted)
{
	X509_STORE *store = X509_STORE_new();

	if (!store)
		return NULL;
	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
	if (X509_STORE_set_purpose(store, X509_PURPOSE_ANY) != 1 ||
	    X509_STORE_add_cert(store, trusted) != 1) {
		X509_STORE_free(store);
		return NULL;
	}
	return store;
}

int authenticode_verify(const struct authenticode *s, const struct reader *cert, bool *ret_valid)
{
	X509_STORE *store = NULL;
	X509 *trusted;
	BIO *content = NULL;
	int r = -ENOMEM;

	trusted = parse_cert(cert);
	if (!trusted) {
		*ret_valid = false;
		return 0;
	}
	store = store_of(trusted);
	content = BIO_new_mem_buf(s->content.at, s->content.left);
	if (!store || !content)
		goto out;
	*ret_valid = PKCS7_verify(s->p7, NULL, store, content, NULL, PKCS7_BINARY) == 1;
	r = 0;
out:
	ERR_clear_error();
	BIO_free(content);
	X509_STORE_free(store);
	X509_free(trusted);
	return r;
}

size_t authenticode_n_certs(const struct authenticode *s)
{
	int n = sk_X509_num(s->p7->d.sign->cert);

	if (n < 0)
		return 0;
	return n > AUTHENTICODE_CERTS_MAX ? AUTHENTICODE_CERTS_MAX : n;
}

/* The first member of SEQUENCE { tbsCertificate, algorithm, signature }, with its tag and length. */
static bool find_tbs(const unsigned char *der, long der_len, struct reader *ret)
{
	const unsigned char *p = der, *start;
	long len;
	int tag, class;

	if (ASN1_get_object(&p, &len, &tag, &class, der_len) != V_ASN1_CONSTRUCTED)
		return false;
	start = p;
	if (ASN1_get_object(&p, &len, &tag, &class, len) != V_ASN1_CONSTRUCTED)
		return false;
	*ret = reader_new(start, p + len - start);
	return true;
}

int authenticode_cert_digest(const struct authenticode *s, size_t i, uint8_t ret_whole[static SHA256_LEN],
			     uint8_t ret_tbs[static SHA256_LEN])
{
	X509 *x = sk_X509_value(s->p7->d.sign->cert, i);
	uint8_t whole[SHA256_LEN], tbs[SHA256_LEN];
	unsigned char *der = NULL;
	struct reader part;
	int n, r;

	n = x ? i2d_X509(x, &der) : -1;
	if (n < 0)
		return -EBADMSG;
	r = find_tbs(der, n, &part) ? hash_sha256(part.at, part.left, tbs) : -EBADMSG;
	if (r == 0)
		r = hash_sha256(der, n, whole);
	OPENSSL_free(der);
	if (r < 0)
		return r;
	memcpy(ret_whole, whole, sizeof(whole));
	memcpy(ret_tbs, tbs, sizeof(tbs));
	return 0;
}

/* Do its bytes hold this object identifier? Quicker than to parse it, and DER has one way to write it. */
static bool may_name(const struct reader *cert, const char *oid)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	bool found = object && memmem(cert->at, cert->left, OBJ_get0_data(object), OBJ_length(object));

	ASN1_OBJECT_free(object);
	ERR_clear_error();
	return found;
}

bool authenticode_cert_has_usage(const struct reader *cert, const char *oid)
{
	EXTENDED_KEY_USAGE *usages = NULL;
	X509 *x = may_name(cert, oid) ? parse_cert(cert) : NULL;
	bool found = false;
	char text[80];

	if (x)
		usages = X509_get_ext_d2i(x, NID_ext_key_usage, NULL, NULL);
	for (int i = 0; i < sk_ASN1_OBJECT_num(usages) && !found; i++)
		found = OBJ_obj2txt(text, sizeof(text), sk_ASN1_OBJECT_value(usages, i), 1) > 0 &&
			strcmp(text, oid) == 0;
	EXTENDED_KEY_USAGE_free(usages);
	X509_free(x);
	ERR_clear_error();
	return found;
}

int authenticode_cert_add_name(const struct reader *cert, struct buffer *b)
{
	X509 *x = parse_cert(cert);
	char text[128];
	int n;

	if (!x)
		return -EBADMSG;
	n = X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, text, sizeof(text));
	if (n < 0)
		n = X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_organizationName, text,
					      sizeof(text));
	if (n > 0)
		text_add_printable(b, text, strlen(text), sizeof(text));
	X509_free(x);
	ERR_clear_error();
	return 0;
}
