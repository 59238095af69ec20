/* What a build machine computes with another machine's public key: hash/mac.h, symmetric.h, rsa.h, p256.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/text.h"
#include "hash/p256.h"
#include "hash/rsa.h"
#include "hash/mac.h"
#include "hash/symmetric.h"

static void assert_hex(const void *bytes, size_t n, const char *expected)
{
	char hex[257];

	assert_in_range(n, 0, 128);
	text_hex(bytes, n, hex);
	assert_string_equal(hex, expected);
}

/* RFC 4231, 4.2, 4.3 and 4.7 (a key longer than a block) */
static void hmac_of_rfc_4231(void **state)
{
	uint8_t mac[SHA256_LEN], key[131];

	memset(key, 0x0b, sizeof(key));
	assert_int_equal(hmac_sha256(key, 20, "Hi There", 8, mac), 0);
	assert_hex(mac, sizeof(mac), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_int_equal(hmac_sha256((const uint8_t *)"Jefe", 4, "what do ya want for nothing?", 28, mac), 0);
	assert_hex(mac, sizeof(mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(key, 0xaa, sizeof(key));
	assert_int_equal(
		hmac_sha256(key, 131, "Test Using Larger Than Block-Size Key - Hash Key First", 54, mac), 0);
	assert_hex(mac, sizeof(mac), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

/* `openssl enc -aes-128-cfb -K 2b7e... -iv 0...`, of 0, 1, 2, ... */
static void aes_cfb_of_another_program(void **state)
{
	const uint8_t key[AES128_LEN] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
					  0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c };
	uint8_t data[34];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i;
	assert_int_equal(aes128_cfb_encrypt(key, data, sizeof(data)), 0);
	assert_hex(data, sizeof(data),
		   "7df6690f1ebd9fb4364bfa4cb5165a602fdd85ac5834a1a402a072591c05bee7c29d");
}

static const uint8_t label_bytes[] = "LABEL"; /* with its NUL */
static const struct reader label = { .at = label_bytes, .left = sizeof(label_bytes) };

static void public_of(EVP_PKEY *key, struct rsa_public *ret)
{
	BIGNUM *n = NULL;

	*ret = (struct rsa_public){ .e = 65537 };
	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n), 1);
	ret->n_len = BN_num_bytes(n);
	assert_int_equal(BN_bn2bin(n, ret->n), ret->n_len);
	BN_free(n);
}

/* Bytes of the text, or -1 when the label is not the one that it was made with. */
static long oaep_decrypt(EVP_PKEY *key, const char *with_label, size_t label_len, const uint8_t *text,
			 size_t n, uint8_t ret[static RSA_MAX_LEN])
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
	size_t len = RSA_MAX_LEN;
	int ok;

	assert_int_equal(EVP_PKEY_decrypt_init(c), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(c, EVP_sha256()), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()), 1);
	assert_int_equal(
		EVP_PKEY_CTX_set0_rsa_oaep_label(c, OPENSSL_memdup(with_label, label_len), label_len), 1);
	ok = EVP_PKEY_decrypt(c, ret, &len, text, n);
	EVP_PKEY_CTX_free(c);
	return ok == 1 ? (long)len : -1;
}

static void oaep_with_a_label(void **state)
{
	uint8_t secret[190], encrypted[RSA_MAX_LEN], back[RSA_MAX_LEN];
	EVP_PKEY *key = EVP_RSA_gen(2048);
	struct rsa_public k;

	memset(secret, 0x5a, sizeof(secret));
	public_of(key, &k);
	assert_int_equal(rsa_encrypt_oaep(&k, &label, secret, 32, encrypted), 0);
	assert_int_equal(oaep_decrypt(key, "LABEL", 6, encrypted, k.n_len, back), 32);
	assert_memory_equal(back, secret, 32);
	/* the NUL is part of it */
	assert_int_equal(oaep_decrypt(key, "LABEL", 5, encrypted, k.n_len, back), -1);
	assert_int_equal(oaep_decrypt(key, "OTHER", 6, encrypted, k.n_len, back), -1);
	assert_int_equal(rsa_encrypt_oaep(&k, &label, secret, sizeof(secret), encrypted), 0);
	assert_int_equal(rsa_encrypt_oaep(&k, &label, secret, sizeof(secret) + 1, encrypted), -EINVAL);
	k.e = 3;
	assert_int_equal(rsa_encrypt_oaep(&k, &label, secret, 32, encrypted), -EINVAL);
	k.e = 65537;
	k.n_len = 128;
	assert_int_equal(rsa_encrypt_oaep(&k, &label, secret, 32, encrypted), -EINVAL);
	EVP_PKEY_free(key);
}

static void both_sides_agree(void **state)
{
	uint8_t x[2][P256_LEN], y[2][P256_LEN];
	struct secret s[2] = { SECRET_NONE, SECRET_NONE };
	struct error err = ERROR_NONE;
	struct p256 *k[2];

	for (int i = 0; i < 2; i++) {
		assert_int_equal(p256_generate(&err, &k[i]), 0);
		assert_int_equal(p256_public(k[i], x[i], y[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(p256_agree(k[i], x[1 - i], y[1 - i], &s[i]), 0);
		assert_int_equal(s[i].len, P256_LEN);
	}
	assert_memory_equal(s[0].bytes, s[1].bytes, P256_LEN);
	secret_free(&s[0]);
	/* what is no point of the curve would give the private key away, bit by bit */
	y[1][31] ^= 1;
	assert_int_equal(p256_agree(k[0], x[1], y[1], &s[0]), -EBADMSG);
	memset(x[1], 0, P256_LEN);
	memset(y[1], 0, P256_LEN);
	assert_int_equal(p256_agree(k[0], x[1], y[1], &s[0]), -EBADMSG);
	assert_null(s[0].bytes);
	secret_free(&s[1]);
	p256_free(k[0]);
	p256_free(k[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_of_rfc_4231),
		cmocka_unit_test(aes_cfb_of_another_program),
		cmocka_unit_test(oaep_with_a_label),
		cmocka_unit_test(both_sides_agree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
