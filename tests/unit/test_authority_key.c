/* The authority key in its file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/record/authority.h"

static char dir[64], path[96];
static struct error err;

static int setup(void **state)
{
	strcpy(dir, "/tmp/bootseal-authority-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/authority.pem", dir);
	return 0;
}

static int teardown(void **state)
{
	unlink(path);
	return rmdir(dir);
}

static EVP_PKEY *public_key(const struct authority *a)
{
	uint8_t point[65] = { 4 };
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)"P-256", 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *key = NULL;

	memcpy(point + 1, a->x, 32);
	memcpy(point + 33, a->y, 32);
	assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* libcrypto, told nothing but the coordinates, accepts the signature. */
static void verify(const struct authority *a, const uint8_t digest[static SHA256_LEN])
{
	uint8_t r[32], s[32], *der = NULL;
	ECDSA_SIG *sig = ECDSA_SIG_new();
	EVP_PKEY *key = public_key(a);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	int n;

	assert_int_equal(a->sign(a->key, digest, r, s), 0);
	assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(r, 32, NULL), BN_bin2bn(s, 32, NULL)), 1);
	n = i2d_ECDSA_SIG(sig, &der);
	assert_int_equal(EVP_PKEY_verify_init(ctx), 1);
	assert_int_equal(EVP_PKEY_verify(ctx, der, n, digest, SHA256_LEN), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	ECDSA_SIG_free(sig);
	OPENSSL_free(der);
}

static void test_is_made_once_and_kept(void **state)
{
	struct authority first = { .key = NULL }, second = { .key = NULL };
	struct stat st;

	assert_int_equal(authority_load(path, &err, &first), -ENOENT);
	assert_int_equal(authority_ensure(path, &err, &first), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(authority_ensure(path, &err, &second), 0);
	assert_memory_equal(first.x, second.x, 32);
	assert_memory_equal(first.y, second.y, 32);
	authority_free(&second);
	assert_int_equal(authority_load(path, &err, &second), 0);
	assert_memory_equal(first.x, second.x, 32);
	authority_free(&first);
	authority_free(&second);
	authority_free(&second);
}

/* 400 of them: one in 128 has an r or s with a leading zero byte, which has to stay. */
static void test_signatures_are_good(void **state)
{
	for (int i = 0; i < 20; i++) {
		struct authority a = { .key = NULL };

		unlink(path);
		assert_int_equal(authority_ensure(path, &err, &a), 0);
		for (int k = 0; k < 20; k++) {
			uint8_t digest[SHA256_LEN] = { i, k };

			verify(&a, digest);
		}
		authority_free(&a);
	}
}

static void write_file(const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

/* A file that is there but no good is not replaced: the index could never be written again. */
static void refused(int expected)
{
	struct authority a = { .key = NULL };
	struct stat before, after;

	assert_int_equal(stat(path, &before), 0);
	err = ERROR_NONE;
	assert_int_equal(authority_ensure(path, &err, &a), expected);
	assert_non_null(strstr(err.text, path));
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(before.st_size, after.st_size);
	assert_null(a.key);
}

static void test_bad_files(void **state)
{
	struct authority a = { .key = NULL };
	EVP_PKEY *key;
	FILE *f;

	write_file("", 0600);
	refused(-EBADMSG);
	write_file("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0600);
	refused(-EBADMSG);

	write_file("", 0600);
	key = EVP_EC_gen("P-384");
	f = fopen(path, "w");
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	EVP_PKEY_free(key);
	refused(-EBADMSG);

	key = EVP_EC_gen("P-256");
	f = fopen(path, "w");
	assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL), 1);
	fclose(f);
	EVP_PKEY_free(key);
	refused(-EBADMSG);

	unlink(path);
	assert_int_equal(authority_ensure(path, &err, &a), 0);
	authority_free(&a);
	assert_int_equal(chmod(path, 0644), 0);
	refused(-EPERM);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(truncate(path, 100), 0);
	refused(-EBADMSG);
	assert_int_equal(truncate(path, 10000), 0);
	refused(-EFBIG);
}

static void test_directory_is_missing(void **state)
{
	struct authority a = { .key = NULL };

	assert_true(authority_ensure("/nowhere/authority.pem", &err, &a) < 0);
	assert_null(a.key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_is_made_once_and_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(test_signatures_are_good, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_files, setup, teardown),
		cmocka_unit_test_setup_teardown(test_directory_is_missing, setup, teardown),
	};

	return cmocka_run_group_tests_name("authority", tests, NULL, NULL);
}
