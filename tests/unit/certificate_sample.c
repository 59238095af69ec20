#include "certificate_sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/buffer.h"

static void set_name(X509_NAME *name, const char *common_name)
{
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC,
						    (const uint8_t *)"bootseal tests", -1, -1, 0),
			 1);
	assert_int_equal(
		X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)common_name, -1, -1, 0),
		1);
}

static void add_extension(X509 *x, const char *oid, const void *data, size_t n)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	X509_EXTENSION *e;

	assert_int_equal(ASN1_OCTET_STRING_set(value, data, (int)n), 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, object, 0, value);
	assert_int_equal(X509_add_ext(x, e, -1), 1);
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(object);
	ASN1_OCTET_STRING_free(value);
}

static void add_text(X509 *x, const char *oid, const char *text)
{
	struct buffer der = BUFFER_NONE;

	buffer_add_u8(&der, V_ASN1_IA5STRING);
	buffer_add_u8(&der, (uint8_t)strlen(text));
	buffer_add_str(&der, text);
	add_extension(x, oid, der.data, der.len);
	buffer_free(&der);
}

static void add_number(X509 *x, const char *oid, uint8_t v)
{
	const uint8_t small[] = { V_ASN1_INTEGER, 1, v }, large[] = { V_ASN1_INTEGER, 2, 0, v };

	if (v < 0x80)
		add_extension(x, oid, small, sizeof(small));
	else
		add_extension(x, oid, large, sizeof(large));
}

static void add_extensions(X509 *x, const struct certificate_sample *s)
{
	X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

	assert_non_null(ca);
	if (s->is_ca)
		assert_int_equal(X509_add_ext(x, ca, -1), 1);
	X509_EXTENSION_free(ca);
	if (s->text.oid)
		add_text(x, s->text.oid, s->text.text);
	for (size_t i = 0; i < SAMPLE_NUMBERS; i++)
		if (s->number[i].oid)
			add_number(x, s->number[i].oid, s->number[i].value);
	if (s->bytes.oid)
		add_extension(x, s->bytes.oid, s->bytes.data, s->bytes.n);
}

static void sign(X509 *x, const struct certificate_sample *s)
{
	const EVP_MD *hash = s->sha256 ? EVP_sha256() : EVP_sha384();
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *context;

	assert_int_equal(EVP_DigestSignInit(md, &context, hash, NULL, s->by), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST), 1);
	assert_true(X509_sign_ctx(x, md) > 0);
	EVP_MD_CTX_free(md);
}

struct certificate *certificate_sample(const struct certificate_sample *s)
{
	struct certificate *c = NULL;
	time_t now = (time_t)s->now;
	unsigned char *der = NULL;
	X509 *x = X509_new();
	struct reader text;
	size_t n;
	int len;

	X509_set_version(x, X509_VERSION_3);
	set_name(X509_get_subject_name(x), s->name);
	set_name(X509_get_issuer_name(x), s->issuer);
	assert_non_null(X509_time_adj(X509_getm_notBefore(x), s->from, &now));
	assert_non_null(X509_time_adj(X509_getm_notAfter(x), s->until, &now));
	assert_int_equal(X509_set_pubkey(x, s->key), 1);
	add_extensions(x, s);
	sign(x, s);
	len = i2d_X509(x, &der);
	assert_true(len > 0);
	text = reader_new(der, (size_t)len);
	assert_int_equal(certificates_read(&text, 1, NULL, &c, &n), 0);
	OPENSSL_free(der);
	X509_free(x);
	return c;
}
